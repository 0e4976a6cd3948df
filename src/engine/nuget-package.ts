import { z } from 'zod';

import { CodedError } from '../protocol/coded-error.ts';

/** A package of a NuGet feed, as the feed itself describes it (learn.microsoft.com, NuGet server API). */
export interface NugetPackage {
  readonly url: string;
  readonly bytes: number;
  /** SHA-512 in base64. */
  readonly hash: string;
}

const index = z.object({ resources: z.array(z.object({ '@id': z.url(), '@type': z.string() })) });
const leaf = z.object({ catalogEntry: z.url(), packageContent: z.url() });
const entry = z.object({
  packageHash: z.base64(),
  packageHashAlgorithm: z.literal('SHA512'),
  packageSize: z.int().positive(),
});

const ADVICE = 'Check the connection to the internet, and try again.';
/** A description takes a few kilobytes. */
const MAX_JSON = 4 * 2 ** 20;
const TIMEOUT = 30_000;

/** Looks a package up by the feed's service index. Throws `device-unavailable` where the feed cannot be reached or lacks it. */
export async function findPackage(
  feed: string,
  name: string,
  version: string,
  signal?: AbortSignal,
): Promise<NugetPackage> {
  const { resources } = await readJson(feed, index, signal);
  const registrations = resources.find(({ '@type': type }) => type === 'RegistrationsBaseUrl/3.6.0')?.['@id'];
  if (registrations === undefined) throw unavailable(`${hostOf(feed)} is no NuGet feed of version 3.`);
  const place = new URL(`${name.toLowerCase()}/${version.toLowerCase()}.json`, withSlash(registrations)).href;
  const { catalogEntry, packageContent } = await readJson(sameSafety(place, feed), leaf, signal);
  const { packageHash, packageSize } = await readJson(sameSafety(catalogEntry, feed), entry, signal);
  return { url: sameSafety(packageContent, feed), bytes: packageSize, hash: packageHash };
}

/** An answer of the feed, or of whom it names. Throws `device-unavailable` where there is none, `cancelled` when called off. */
export async function fetchFrom(url: string, signal?: AbortSignal): Promise<Response> {
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (response.ok) return response;
    throw unavailable(`${hostOf(url)} answered ${response.status} for ${new URL(url).pathname}.`);
  } catch (error) {
    if (error instanceof CodedError) throw error;
    if (signal?.aborted && !isTimeout(signal.reason)) throw new CodedError('cancelled', 'The download was called off.');
    throw unavailable(`${hostOf(url)} could not be reached.`);
  }
}

export const hostOf = (url: string): string => new URL(url).host;

async function readJson<T>(url: string, shape: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
  const limit = AbortSignal.timeout(TIMEOUT);
  const response = await fetchFrom(url, signal ? AbortSignal.any([signal, limit]) : limit);
  if (Number(response.headers.get('content-length') ?? 0) > MAX_JSON)
    throw unavailable(`${hostOf(url)} said too much.`);
  const parsed = shape.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw unavailable(`${hostOf(url)} described the package in a way that is not understood.`);
}

/** What a feed on https names is on https. */
function sameSafety(url: string, feed: string): string {
  if (new URL(feed).protocol === 'https:' && new URL(url).protocol !== 'https:')
    throw unavailable(`${hostOf(feed)} names a place that is not on https.`);
  return url;
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`);

const isTimeout = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'TimeoutError';

const unavailable = (message: string): CodedError => new CodedError('device-unavailable', message, ADVICE);
