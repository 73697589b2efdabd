/** A reporter that leaves the counts of a run, and why tests were skipped, in a file for `tests/run.ts`. */
import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** What the file holds. */
export interface RunCounts {
  passed: number
  failed: number
  skipped: { name: string; reason: string }[]
}

const ENVIRONMENT = 'STAKESTREAM_TEST_COUNTS'

export default class CountsReporter implements Reporter {
  readonly #counts: RunCounts = { passed: 0, failed: 0, skipped: [] }

  onTestCaseResult(test: TestCase): void {
    const result = test.result()
    if (result.state === 'passed') this.#counts.passed++
    else if (result.state === 'failed') this.#counts.failed++
    else if (result.state === 'skipped')
      this.#counts.skipped.push({ name: test.fullName, reason: result.note ?? 'no reason given' })
  }

  /** A file that can't be loaded, a hook that fails and an error outside of any test count as failures too. */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    for (const module of modules) {
      const suites = [...module.children.allSuites()]
      this.#counts.failed += [module, ...suites].filter((part) => part.errors().length > 0).length
    }
    this.#counts.failed += unhandled.length
    const file = process.env[ENVIRONMENT]
    if (file !== undefined) writeFileSync(file, JSON.stringify(this.#counts))
  }
}
