/** Adam (Kingma and Ba 2015) on one vector, with PyTorch's defaults, its order of operations, and float32 state. */
export class Adam {
  readonly #learningRate: number;
  readonly #first: Float32Array;
  readonly #second: Float32Array;
  #step = 0;

  constructor(size: number, learningRate: number) {
    this.#learningRate = learningRate;
    this.#first = new Float32Array(size);
    this.#second = new Float32Array(size);
  }

  /** Moves `value` against `gradient`, in place. */
  update(value: Float32Array, gradient: Float32Array): void {
    const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
    this.#step++;
    const stepSize = this.#learningRate / (1 - beta1 ** this.#step);
    const secondCorrection = Math.sqrt(1 - beta2 ** this.#step);
    for (let j = 0; j < value.length; j++) {
      const g = gradient[j]!;
      this.#first[j] = this.#first[j]! + (g - this.#first[j]!) * (1 - beta1);
      this.#second[j] = this.#second[j]! * beta2 + g * g * (1 - beta2);
      value[j] = value[j]! - (stepSize * this.#first[j]!) / (Math.sqrt(this.#second[j]!) / secondCorrection + epsilon);
    }
  }
}
