/**
 * ClickHouse's errors as its HTTP interface shows them.
 */

/** An error with ClickHouse's code and name. */
export class ClickHouseError extends Error {
  override name = 'ClickHouseError'
  readonly code: number

  constructor(code: number, name: string, text: string) {
    super(`Code: ${code}. DB::Exception: ${text}. (${name})`)
    this.code = code
  }
}

const BAD_REQUEST = [
  6, 7, 15, 25, 26, 27, 36, 38, 41, 44, 53, 62, 72, 117, 168, 167, 321, 376, 427, 441, 467, 466, 675, 676, 8,
  69, 456,
]
const NOT_FOUND = [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 511, 336, 506]

const STATUS_BY_CODE = new Map<number, number>([
  ...BAD_REQUEST.map((code): [number, number] => [code, 400]),
  ...NOT_FOUND.map((code): [number, number] => [code, 404]),
  [48, 501],
  [159, 408],
  [162, 413],
  [76, 503],
  [209, 503],
  [439, 503],
])

/** The HTTP status of an engine's error code, by the table of ClickHouse's own server. */
export function httpStatusOf(code: number): number {
  return STATUS_BY_CODE.get(code) ?? 500
}

/** The code in an engine's message ("Code: 60. DB::Exception: ..."), or 1002 (UNKNOWN_EXCEPTION). */
export function codeOfMessage(message: string): number {
  const match = /^Code: (\d+)\./.exec(message)
  return match?.[1] === undefined ? 1002 : Number(match[1])
}
