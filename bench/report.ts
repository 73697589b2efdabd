/** What a run leaves behind: tables for people, JSON for programs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Verdict } from './claims.ts'
import type { Figure, Unit } from './figures.ts'
import type { Machine } from './machine.ts'

const RESULTS_DIR = join(import.meta.dirname, 'results')
export const LATEST_PATH = join(RESULTS_DIR, 'latest.json')
const RUN_PATH = join(RESULTS_DIR, 'latest-run.json')

const SMALL_DIGITS: Partial<Record<Unit, number>> = { ms: 1, µs: 1, ratio: 2 }

function formatValue(value: number, unit: Unit): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: SMALL_DIGITS[unit] ?? 0 })
}

/** Columns as wide as their widest cell, numbers to the right. */
function table(rows: readonly (readonly string[])[], left: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0
    return column < left ? text.padEnd(width) : text.padStart(width)
  }
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}

export function figuresTable(figures: readonly Figure[], baseline: ReadonlyMap<string, number>): string {
  const rows = figures.map(({ name, value, unit, runs, spread }) => {
    const before = baseline.get(name)
    return [
      name,
      unit,
      ...[spread.min, value, spread.max].map((number) => formatValue(number, unit)),
      String(runs),
      before === undefined ? '' : formatValue(before, unit),
    ]
  })
  return table([['figure', 'unit', 'min', 'median', 'max', 'runs', 'baseline'], ...rows], 2)
}

export function verdictsTable(verdicts: readonly Verdict[]): string {
  const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 2 })
  const rows = verdicts.map(({ claim, figure, measured, target, limit, holds }) => [
    holds ? 'holds' : 'FAILS',
    claim,
    figure,
    number(measured),
    number(target),
    number(limit),
  ])
  return table([['', 'claim', 'figure', 'measured', 'target', 'accepted'], ...rows], 3)
}

export const machineLines = (machine: Machine): string =>
  Object.entries(machine)
    .map(([name, value]) => `  ${name.padEnd(10)} ${value}`)
    .join('\n')

export interface RunRecord {
  startedAt: string
  quick: boolean
  machine: Machine
  notes: readonly string[]
  verdicts: readonly Verdict[]
}

/** latest.json holds the figures alone; how they came about stands beside it. */
export function writeResults(figures: readonly Figure[], record: RunRecord): void {
  mkdirSync(RESULTS_DIR, { recursive: true })
  writeFileSync(LATEST_PATH, `${JSON.stringify(figures, null, 2)}\n`)
  writeFileSync(RUN_PATH, `${JSON.stringify(record, null, 2)}\n`)
}
