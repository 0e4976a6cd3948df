#!/usr/bin/env bash
# Makes a virtual environment with PyTorch, transformers and safetensors in the user's cache, unless it is there, and prints its
# Python as the last line. GRACE_PYTHON names a Python that has them already.
#
# On Linux the package index has PyTorch with CUDA only. Of what that asks for, the compiler of kernels (triton) and the solver are
# left out, as nothing on the CPU loads them: 4.3 GB instead of 5.6 GB.
set -euo pipefail

if [ -n "${GRACE_PYTHON:-}" ]; then
  echo "$GRACE_PYTHON"
  exit
fi
torch=2.15.0
transformers=5.24.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/grace-model-editor
place=$cache/pytorch-$torch-$transformers
command -v python3 >/dev/null || { echo 'There is no python3.'; exit 1; }
mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$place.lock"
  flock 9 # another run may be making it
fi
# A virtual environment cannot be moved into its place, so a mark says that it is complete.
if [ ! -e "$place/complete" ]; then
  rm -rf "$place"
  python3 -m venv "$place"
  pip() { "$place/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check "$@"; }
  pip --no-deps "torch==$torch"
  "$place/bin/python" - >"$place/needs.txt" <<'NEEDS'
from importlib.metadata import requires

for need in requires("torch"):
    if not need.startswith(("triton", "cuda-bindings")) and "extra ==" not in need:
        print(need.replace("cusolver,", ""))
NEEDS
  pip --requirement "$place/needs.txt" "transformers==$transformers" safetensors numpy
  "$place/bin/python" -c 'import torch, transformers, safetensors'
  touch "$place/complete"
fi
# What transformers reads GGUF files with.
"$place/bin/python" -c 'import accelerate, gguf' 2>/dev/null ||
  "$place/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check --no-deps accelerate==1.15.0 gguf==0.19.0 psutil
echo "$place/bin/python"
