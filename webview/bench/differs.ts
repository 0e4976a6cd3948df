/** Whether two objects have other parts: what a component is shown is put together anew for each event. */
export function differs(value: unknown, before: unknown): boolean {
  if (!isRecord(value) || !isRecord(before)) return value !== before;
  return Object.keys(value).some((key) => value[key] !== before[key]);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
