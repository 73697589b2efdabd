/** The stored form of each kind of entry. Any change here or in the keys needs a new `STORE_VERSION`. */
import { ByteReader, ByteWriter } from '../runtime/bytes.ts'
import type { FactorMemory, Profile } from './profile.ts'
import type { Bins } from './windows/bins.ts'
import { emptyDay, sumHours } from './windows/nodes.ts'
import type { DayNode, Entry, HourNode } from './windows/nodes.ts'
import type { Sums, SumsBySeries } from './windows/sums.ts'

/** A store that was written under another number is dropped and restored from the log. */
export const STORE_VERSION = 3

const writer = new ByteWriter()
const DOUBLE_BYTES = 8
const double = Buffer.alloc(DOUBLE_BYTES)

function writeDouble(value: number): void {
  double.writeDoubleBE(value)
  for (const byte of double) writer.byte(byte)
}

function readDouble(reader: ByteReader): number {
  for (let at = 0; at < DOUBLE_BYTES; at++) double[at] = reader.byte()
  return double.readDoubleBE()
}

/** A time that may be before 1970 is not in any log of ours. */
const writeTime = (atMs: number | undefined): void => writer.number(atMs === undefined ? 0 : atMs + 1)

function readTime(reader: ByteReader): number | undefined {
  const value = reader.number()
  return value === 0 ? undefined : value - 1
}

const EXACT_MAX = BigInt(Number.MAX_SAFE_INTEGER)

/** A sum of any size from 0 on: one more than the number where that is exact, else 0 and its digits. */
function writeInteger(value: bigint): void {
  if (value < EXACT_MAX) return writer.number(Number(value) + 1)
  writer.number(0)
  writer.text(value.toString())
}

function readInteger(reader: ByteReader): bigint {
  const value = reader.number()
  return value > 0 ? BigInt(value - 1) : BigInt(reader.text())
}

function writeSums(all: SumsBySeries): void {
  writer.number(all.size)
  for (const [series, { count, sum, sumSquares, least, greatest }] of all) {
    writer.text(series)
    writer.number(count)
    writeInteger(sum)
    writeInteger(sumSquares)
    writer.amount(least)
    writer.amount(greatest)
  }
}

function readSums(reader: ByteReader): SumsBySeries {
  const all: SumsBySeries = new Map()
  for (let left = reader.number(); left > 0; left--) {
    const series = reader.text()
    const sums: Sums = {
      count: reader.number(),
      sum: readInteger(reader),
      sumSquares: readInteger(reader),
      least: reader.amount(),
      greatest: reader.amount(),
    }
    all.set(series, sums)
  }
  return all
}

function writeBins(all: ReadonlyMap<string, Bins>): void {
  writer.number(all.size)
  for (const [series, { bins, counts }] of all) {
    writer.text(series)
    writer.number(bins.length)
    for (const [at, bin] of bins.entries()) {
      writer.number(bin)
      writer.number(counts[at] ?? 0)
    }
  }
}

function readBins(reader: ByteReader): Map<string, Bins> {
  const all = new Map<string, Bins>()
  for (let left = reader.number(); left > 0; left--) {
    const series = reader.text()
    const found: Bins = { bins: [], counts: [] }
    for (let bins = reader.number(); bins > 0; bins--) {
      found.bins.push(reader.number())
      found.counts.push(reader.number())
    }
    all.set(series, found)
  }
  return all
}

function writeHours(hours: readonly HourNode[]): void {
  writer.number(hours.length)
  for (const { hour, firstAtMs, lastAtMs, count, sums } of hours) {
    writer.byte(hour)
    writer.number(firstAtMs)
    writer.number(lastAtMs)
    writer.number(count)
    writeSums(sums)
  }
}

function readHours(reader: ByteReader): HourNode[] {
  const hours: HourNode[] = []
  for (let left = reader.number(); left > 0; left--)
    hours.push({
      hour: reader.byte(),
      firstAtMs: reader.number(),
      lastAtMs: reader.number(),
      count: reader.number(),
      sums: readSums(reader),
    })
  return hours
}

/** A day's own sums follow from its hours and are not stored. */
export function encodeDay({ hours, bins }: DayNode): Buffer {
  writeHours(hours)
  writeBins(bins)
  return writer.finish()
}

export function decodeDay(number: number, bytes: Buffer): DayNode {
  const reader = new ByteReader(bytes)
  const day = emptyDay(number)
  day.hours = readHours(reader)
  day.bins = readBins(reader)
  sumHours(day)
  return day
}

/** Parts of an hour, each in sums. */
export function encodeParts(parts: readonly HourNode[]): Buffer {
  writeHours(parts)
  return writer.finish()
}

export const decodeParts = (bytes: Buffer): HourNode[] => readHours(new ByteReader(bytes))

export function encodeEntries(entries: readonly Entry[]): Buffer {
  writer.number(entries.length)
  for (const { atMs, series, units, transactionId } of entries) {
    const named = transactionId !== ''
    writer.byte(named ? 1 : 0)
    writer.number(atMs)
    writer.text(series)
    writer.amount(units)
    if (named) writer.uuid(transactionId)
  }
  return writer.finish()
}

export function decodeEntries(bytes: Buffer): Entry[] {
  const reader = new ByteReader(bytes)
  const entries: Entry[] = []
  for (let left = reader.number(); left > 0; left--) {
    const named = reader.byte() === 1
    entries.push({
      atMs: reader.number(),
      series: reader.text(),
      units: reader.amount(),
      transactionId: named ? reader.uuid() : '',
    })
  }
  return entries
}

function writeFactor({
  code,
  firstSeenAtMs,
  lastSeenAtMs,
  count,
  lastPoints,
  lastNumbers,
}: FactorMemory): void {
  writer.text(code)
  writer.number(firstSeenAtMs)
  writer.number(lastSeenAtMs)
  writer.number(count)
  writeDouble(lastPoints)
  const numbers = Object.entries(lastNumbers)
  writer.number(numbers.length)
  for (const [name, value] of numbers) {
    writer.text(name)
    writeDouble(value)
  }
}

function readFactor(reader: ByteReader): FactorMemory {
  const factor: FactorMemory = {
    code: reader.text(),
    firstSeenAtMs: reader.number(),
    lastSeenAtMs: reader.number(),
    count: reader.number(),
    lastPoints: readDouble(reader),
    lastNumbers: {},
  }
  for (let left = reader.number(); left > 0; left--) factor.lastNumbers[reader.text()] = readDouble(reader)
  return factor
}

/** What is stored of a player besides the nodes: the profile, and the days that have a node. */
export interface PlayerEntry {
  profile: Profile
  days: number[]
}

export function encodePlayer({ profile, days }: PlayerEntry): Buffer {
  writer.number(profile.firstAtMs)
  writer.number(profile.newestAtMs)
  writeDouble(profile.score)
  writer.number(profile.assessments)
  writer.number(profile.lateAssessments)
  writeTime(profile.lastDepositAtMs)
  writeTime(profile.lastWithdrawalAtMs)
  writeTime(profile.lastPlayedAtMs)
  writer.number(profile.factors.length)
  for (const factor of profile.factors) writeFactor(factor)
  writer.number(days.length)
  for (const day of days) writer.number(day)
  return writer.finish()
}

export function decodePlayer(bytes: Buffer): PlayerEntry {
  const reader = new ByteReader(bytes)
  const profile: Profile = {
    firstAtMs: reader.number(),
    newestAtMs: reader.number(),
    score: readDouble(reader),
    assessments: reader.number(),
    lateAssessments: reader.number(),
    lastDepositAtMs: readTime(reader),
    lastWithdrawalAtMs: readTime(reader),
    lastPlayedAtMs: readTime(reader),
    factors: [],
  }
  for (let left = reader.number(); left > 0; left--) profile.factors.push(readFactor(reader))
  const days: number[] = []
  for (let left = reader.number(); left > 0; left--) days.push(reader.number())
  return { profile, days }
}
