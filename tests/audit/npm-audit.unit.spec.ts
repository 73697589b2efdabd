import { describe, expect, it } from 'vitest'
import { readAudit } from './npm-audit.ts'

const reportOf = (vulnerabilities: Record<string, { severity: string; range: string }>): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities,
    metadata: {
      vulnerabilities: { total: Object.keys(vulnerabilities).length },
      dependencies: { prod: 120, dev: 300 },
    },
  })

describe('the audit of dependencies', () => {
  it('passes where nothing is known against them', () => {
    expect(readAudit(reportOf({}))).toEqual({
      failed: false,
      lines: ['120 dependencies scanned: 0 with faults of high or critical severity, 0 with lesser ones'],
    })
  })

  it('fails where one has a serious fault, and names it', () => {
    const { failed, lines } = readAudit(
      reportOf({ good: { severity: 'low', range: '<1.0.0' }, bad: { severity: 'high', range: '<2.0.0' } }),
    )
    expect(failed).toBe(true)
    expect(lines).toEqual([
      '120 dependencies scanned: 1 with faults of high or critical severity, 1 with lesser ones',
      'high: bad <2.0.0',
    ])
  })

  it('says that nothing was scanned where the registry has no audits', () => {
    const answer = JSON.stringify({
      message: '405 Method Not Allowed',
      statusCode: 405,
      error: { summary: '' },
    })
    expect(readAudit(answer)).toEqual({
      failed: false,
      lines: ['not scanned: the registry has no list of faults (it answers 405)'],
    })
  })

  it.each([
    ['the registry failed', JSON.stringify({ message: '503 Service Unavailable', statusCode: 503 }), '503'],
    ['npm failed', JSON.stringify({ error: { code: 'ENOLOCK', summary: 'needs a lockfile' } }), 'lockfile'],
    ['npm wrote nothing', '', 'did not say'],
    ['npm wrote something else', '<html>', 'did not say'],
  ])('fails where %s', (_, answer, why) => {
    expect(readAudit(answer)).toEqual({ failed: true, lines: [expect.stringContaining(why)] })
  })
})
