declare module 'fs-native-extensions' {
  /** Asks for an exclusive lock; false when another open file has it. The operating system frees it with the descriptor. */
  export function tryLock(descriptor: number, offset?: number, length?: number): boolean;
}
