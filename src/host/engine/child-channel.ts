import type { ChildProcess } from 'node:child_process';

import type { Channel } from '../../protocol/rpc.ts';

/** The pipe to a child process that `child_process.fork` made. */
export function childChannel(child: ChildProcess): Channel {
  return {
    send: (message) => {
      // What is sent while the process ends is answered by its end.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onClose: (listener) => {
      let told = false;
      const tell = (): void => {
        if (told) return;
        told = true;
        listener();
      };
      child.once('exit', tell);
      child.once('disconnect', tell);
      child.once('error', tell);
    },
  };
}
