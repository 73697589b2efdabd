import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AuditEntry } from '../../avro/types.ts'
import { ApiError } from '../problem.ts'
import { partnerCommand } from '../routes/partners.ts'
import { entryOf, partnerOf } from '../testing/partners.ts'
import { PartnerDirectory } from './directory.ts'
import { createPartnerGateway } from './gateway.ts'

const ID = '0f0e0d0c-0b0a-4908-8706-050403020100'
const TIMEOUT_MS = 1_000

let directory: PartnerDirectory
let connected: boolean
let sent: string[]
let failing: boolean
beforeEach(() => {
  vi.useFakeTimers()
  directory = new PartnerDirectory()
  connected = true
  failing = false
  sent = []
})
afterEach(() => {
  vi.useRealTimers()
})

const open = () => {
  let count = 0
  return createPartnerGateway({
    link: {
      connected: () => connected,
      send: (commands) => {
        sent.push(...commands.map(({ key }) => key))
        return failing ? Promise.reject(new Error('lost')) : Promise.resolve()
      },
    },
    encode: () => Buffer.alloc(0),
    directory,
    newId: () => `command-${++count}`,
    outcomeTimeoutMs: TIMEOUT_MS,
  })
}

const command = partnerCommand({
  action: 'CREATE_PARTNER',
  partner_id: ID,
  actor: { key_id: 'k', partner_id: null, ip_address: null, request_id: null },
})

const ended = (promise: Promise<AuditEntry>): Promise<string> =>
  promise.then(
    ({ outcome }) => outcome,
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  )

describe('a partner command', () => {
  it('is answered when its outcome and the new state have come', async () => {
    const gateway = open()
    let answer = ''
    void ended(gateway.submit(command, 0)).then((text) => (answer = text))
    gateway.recorded('someone-elses', entryOf({ partner_id: ID, outcome: 'REFUSED' }))
    gateway.recorded('command-1', entryOf({ partner_id: ID }))
    await vi.advanceTimersByTimeAsync(1)
    expect([answer, sent]).toEqual(['', [ID]])
    directory.applyPartner(partnerOf({ partner_id: ID }))
    await vi.advanceTimersByTimeAsync(1)
    expect(answer).toBe('APPLIED')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['CONTACT_EMAIL_TAKEN', 'CONTACT_EMAIL_TAKEN'],
    ['PARTNER_NOT_ACTIVE', 'PARTNER_NOT_ACTIVE'],
    ['OF_A_LATER_VERSION', 'INTERNAL_ERROR'],
  ])('that is refused with %s is answered with %s', async (error_code, code) => {
    const gateway = open()
    const answer = ended(gateway.submit(command, 0))
    gateway.recorded('command-1', entryOf({ partner_id: ID, outcome: 'REFUSED', error_code, version: null }))
    expect(await answer).toBe(code)
  })

  it('whose outcome does not come is unknown, also where the send failed: it may have landed', async () => {
    for (const broken of [false, true]) {
      failing = broken
      const answer = ended(open().submit(command, 0))
      await vi.advanceTimersByTimeAsync(TIMEOUT_MS)
      expect(await answer).toBe('OUTCOME_UNKNOWN')
    }
  })

  it('is refused while there is no connection, and not sent', async () => {
    connected = false
    expect(await ended(open().submit(command, 0))).toBe('SERVICE_UNAVAILABLE')
    expect(sent).toEqual([])
  })
})
