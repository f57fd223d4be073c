/** Whether two contents say the same: the server gives back what it was sent with its fields in another order. */
export function isSameContent(first: unknown, second: unknown): boolean {
  return JSON.stringify(first, inOrder) === JSON.stringify(second, inOrder);
}

function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([first], [second]) => (first < second ? -1 : 1)));
}
