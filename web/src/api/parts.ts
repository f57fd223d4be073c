/** Rows in parts of at most `size`, for operations that take so many at once. */
export function parts<Row>(rows: readonly Row[], size: number): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, place) => rows.slice(place * size, (place + 1) * size));
}

/** Sends the parts one after the other. */
export async function inParts<Row>(rows: readonly Row[], size: number, send: (part: Row[]) => Promise<unknown>): Promise<void> {
  for (const part of parts(rows, size)) await send(part);
}
