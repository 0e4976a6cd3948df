/** What a device was asked for, which one computes, and why it is another one. */
export interface DeviceInUse {
  readonly asked: string;
  readonly used: string;
  /** One plain sentence where the asked device does not compute; null where it does. */
  readonly reason: string | null;
}

/** What is there of one device, and why not. */
export interface DeviceReport {
  readonly device: string;
  /** Whether the ONNX Runtime package of this platform has it, or its separate files are installed. */
  readonly installed: boolean;
  /** Whether it has computed anything; null where that was not tried, because it is not installed. */
  readonly started: boolean | null;
  /** Whether it computes what the CPU computes; null where it did not start. */
  readonly checked: boolean | null;
  /** Largest difference from the CPU, relative to the largest number; null where nothing was compared. */
  readonly difference: number | null;
  /** Name of the adapter, where it can be had. */
  readonly adapter: string | null;
  /** Why it cannot be used; null where it can. */
  readonly reason: string | null;
}

/** What `grace inspect --devices --json` prints. */
export interface DevicesReport {
  readonly platform: string;
  /** Version of ONNX Runtime. */
  readonly runtime: string;
  /** What `auto` takes here. */
  readonly auto: string;
  readonly devices: readonly DeviceReport[];
}
