import { DeviceCaches } from './device-cache.ts';
import type { Device } from './device.ts';
import { HostCache } from './host-cache.ts';
import type { CacheFactory, CacheSlot } from './key-value-cache.ts';

/** Devices whose sessions read and write buffers that stay with them; on others the cache goes to and fro with each run. */
export const keepsBuffers = (device: Device): boolean => device === 'webgpu';

/** @param parts the slots whose rows one run brings, for each kind of run */
export async function cacheFactory(parts: readonly (readonly CacheSlot[])[], device: Device): Promise<CacheFactory> {
  if (keepsBuffers(device) && parts.flat().length > 0) return DeviceCaches.start(parts, device);
  return { create: () => new HostCache(parts.flat()), dispose: () => Promise.resolve() };
}
