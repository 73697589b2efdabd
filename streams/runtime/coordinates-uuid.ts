/** Ids of what a task says of its input. */

/** What a record of the task's says of a place in the input: such a record comes once, or again as a copy. */
const MESSAGE = { deadLetter: '000', positionSettled: '000', positionOwing: '001' } as const

/** The same message gives the same id, however often it is sent: a UUID of version 8 made of the place and what is said. */
export function coordinatesUuid(partition: number, offset: number, message: keyof typeof MESSAGE): string {
  const hex = offset.toString(16).padStart(15, '0')
  const head = partition.toString(16).padStart(8, '0')
  return `${head}-${hex.slice(0, 4)}-8${hex.slice(4, 7)}-8${MESSAGE[message]}-${hex.slice(7).padStart(12, '0')}`
}
