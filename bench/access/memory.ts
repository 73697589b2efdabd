/** `node --expose-gc bench/access/memory.ts`: prints what a million keys take in memory, in MB of 10^6 bytes. */
import { filledDirectory, KEYS, keyTextOf } from './keys.ts'

/** Heap and what hangs on it outside, after a full collection. */
function bytesInUse(): number {
  const { gc } = globalThis
  if (gc === undefined) throw new Error('run with --expose-gc')
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const before = bytesInUse()
const directory = await filledDirectory(1)
const megabytes = (bytesInUse() - before) / 1e6
// Looked at afterwards, so that nothing of it was collected.
if (directory.keyByPrefix(keyTextOf(KEYS - 1).slice(0, 16)) === undefined) throw new Error('a key is missing')
console.log(JSON.stringify({ megabytes }))
