import { describe, expect, it } from 'vitest'
import { START_MS } from './testing/fixtures.ts'
import { Scenario, days, funded, withdrawal } from './testing/scenario.ts'
import type { Answer } from './testing/scenario.ts'
import type { StepType } from './held-step.ts'

type WithdrawalStep = Extract<StepType, `WITHDRAWAL_${string}`>

const DEADLINE_MS = START_MS + days(1)
const ORIGIN = {
  ip_address: '192.0.2.1',
  user_agent: 'x',
  country: 'DE',
  metadata: '{"a":1}',
  campaign_id: 'c',
}

interface Open {
  wallet: Scenario
  step: (type: StepType, parts?: object) => Answer
  asked: Answer
}

/** A wallet of 1,000 with an open withdrawal of 300. */
function open(parts: object = {}): Open {
  const wallet = funded(1_000n)
  const asked = wallet.send(withdrawal(300n, { transaction_id_partner: 'wd1', ...ORIGIN, ...parts }))
  const step = (type: StepType, more: object = {}): Answer =>
    wallet.send({ type, transaction_id: asked.transaction_id, ...more })
  return { wallet, step, asked }
}

/** One whose payout is under way. */
function approved(): Open {
  const withOne = open()
  withOne.step('WITHDRAWAL_APPROVE')
  return withOne
}

describe('asking', () => {
  it('holds the funds at once', () => {
    const { asked } = open()
    expect(asked).toMatchObject({
      outcome: 'APPLIED',
      status: 'PENDING',
      balance: 700n,
      held: 300n,
      version: 2,
    })
    expect(asked.event).toMatchObject({
      hold_expires_at: DEADLINE_MS,
      entries: [
        { account: 'PLAYER_HELD', amount: 300n },
        { account: 'PLAYER', amount: -300n },
      ],
    })
  })

  it("is approved at once within the partner's limit", () => {
    expect(open({ auto_approve: true }).asked.status).toBe('PROCESSING')
  })

  it('waits in spite of the limit while compliance holds', () => {
    const wallet = funded(1_000n)
    wallet.send({ type: 'AML_HOLD' })
    expect(wallet.send(withdrawal(300n, { auto_approve: true })).status).toBe('PENDING')
  })

  it.each([
    ['more than the balance', funded(299n), 'INSUFFICIENT_FUNDS'],
    ['of nobody', new Scenario(), 'WALLET_NOT_FOUND'],
  ])('%s: rejected', (_what, wallet, code) => {
    expect(wallet.send(withdrawal(300n))).toMatchObject({ outcome: 'REJECTED', error_code: code })
  })
})

describe('steps', () => {
  it('approve: PROCESSING, funds still held', () => {
    const answer = open().step('WITHDRAWAL_APPROVE', { reason: 'checked' })
    expect(answer).toMatchObject({
      outcome: 'APPLIED',
      status: 'PROCESSING',
      balance: 700n,
      held: 300n,
      version: 3,
    })
    expect(answer.event).toMatchObject({ entries: [], reason: 'checked', error_code: null })
  })

  it('complete: paid out', () => {
    const answer = approved().step('WITHDRAWAL_COMPLETE')
    expect(answer).toMatchObject({ outcome: 'APPLIED', status: 'COMPLETED', balance: 700n, held: 0n })
    expect(answer.event?.entries).toEqual([
      { account: 'CASH', amount: 300n },
      { account: 'PLAYER_HELD', amount: -300n },
    ])
  })

  it.each([
    ['decline', open(), 'WITHDRAWAL_DECLINE', 'CANCELED', 'WITHDRAWAL_DECLINED'],
    ['fail', approved(), 'WITHDRAWAL_FAIL', 'FAILED', 'PAYOUT_FAILED'],
  ] as const)('%s: the funds are back', (_what, { step }, type, status, code) => {
    const answer = step(type)
    expect(answer).toMatchObject({ outcome: 'APPLIED', status, error_code: null, balance: 1_000n, held: 0n })
    expect(answer.event).toMatchObject({
      status,
      error_code: code,
      retryable: false,
      entries: [
        { account: 'PLAYER', amount: 300n },
        { account: 'PLAYER_HELD', amount: -300n },
      ],
    })
  })

  it('the event of a step is the whole withdrawal', () => {
    const { step, asked, wallet } = open()
    wallet.reload()
    const answer = step('WITHDRAWAL_APPROVE', { ip_address: '198.51.100.9' })
    expect(answer.event).toMatchObject({
      ...ORIGIN,
      transaction_id: asked.transaction_id,
      command_id: wallet.lastId,
      transaction_id_partner: 'wd1',
      created_at: asked.event?.created_at,
      hold_expires_at: DEADLINE_MS,
      amount: 300n,
    })
  })

  it('approve under an AML hold: refused until it is released', () => {
    const { wallet, step } = open()
    wallet.send({ type: 'AML_HOLD' })
    expect(step('WITHDRAWAL_APPROVE')).toMatchObject({
      outcome: 'REJECTED',
      error_code: 'AML_HOLD',
      event: undefined,
    })
    wallet.send({ type: 'AML_RELEASE' })
    expect(step('WITHDRAWAL_APPROVE')).toMatchObject({ outcome: 'APPLIED', status: 'PROCESSING' })
  })

  it('in another currency: refused', () => {
    expect(open().step('WITHDRAWAL_APPROVE', { currency: 'EUR' }).error_code).toBe('CURRENCY_MISMATCH')
  })

  it('of an unknown withdrawal: refused', () => {
    const { wallet, asked } = open()
    const unknown = {
      type: 'WITHDRAWAL_APPROVE',
      transaction_id: asked.transaction_id.replace('4000', '4001'),
    } as const
    expect(wallet.send(unknown)).toMatchObject({
      outcome: 'REJECTED',
      error_code: 'TRANSACTION_NOT_FOUND',
      status: null,
    })
  })

  it('of a withdrawal that was rejected: there is none', () => {
    const wallet = funded(1n)
    const asked = wallet.send(withdrawal(300n))
    expect(wallet.send({ type: 'WITHDRAWAL_APPROVE', transaction_id: asked.transaction_id }).error_code).toBe(
      'TRANSACTION_NOT_FOUND',
    )
  })
})

describe('expiry', () => {
  it.each([
    ['waiting', open],
    ['under way', approved],
  ])('of one %s: the funds are back at the deadline, not before', (_what, start) => {
    const { wallet, step } = start()
    wallet.nowMs = DEADLINE_MS - 1
    expect(step('WITHDRAWAL_EXPIRE')).toMatchObject({
      error_code: 'INVALID_TRANSITION',
      held: 300n,
      event: undefined,
    })
    const answer = step('WITHDRAWAL_EXPIRE')
    expect(answer).toMatchObject({ outcome: 'APPLIED', status: 'CANCELED', balance: 1_000n, held: 0n })
    expect(answer.event?.error_code).toBe('HOLD_EXPIRED')
    expect(step('WITHDRAWAL_EXPIRE').outcome).toBe('REPLAYED')
    expect(step('WITHDRAWAL_COMPLETE').error_code).toBe('INVALID_TRANSITION')
    expect(step('WITHDRAWAL_DECLINE').error_code).toBe('INVALID_TRANSITION')
  })

  it('a confirmation after the deadline, before anyone ended the hold, still counts', () => {
    const { wallet, step } = approved()
    wallet.nowMs = DEADLINE_MS + 5
    expect(step('WITHDRAWAL_COMPLETE').outcome).toBe('APPLIED')
    expect(step('WITHDRAWAL_EXPIRE').error_code).toBe('INVALID_TRANSITION')
  })
})

describe('every step from every status', () => {
  const TO: Record<WithdrawalStep, string> = {
    WITHDRAWAL_APPROVE: 'PROCESSING',
    WITHDRAWAL_DECLINE: 'CANCELED',
    WITHDRAWAL_COMPLETE: 'COMPLETED',
    WITHDRAWAL_FAIL: 'FAILED',
    WITHDRAWAL_EXPIRE: 'CANCELED',
  }
  /** From the status that the first steps lead to: which steps are legal, and which only repeat. */
  const TABLE: { after: WithdrawalStep[]; legal: WithdrawalStep[]; repeats: WithdrawalStep[] }[] = [
    { after: [], legal: ['WITHDRAWAL_APPROVE', 'WITHDRAWAL_DECLINE', 'WITHDRAWAL_EXPIRE'], repeats: [] },
    {
      after: ['WITHDRAWAL_APPROVE'],
      legal: ['WITHDRAWAL_COMPLETE', 'WITHDRAWAL_FAIL', 'WITHDRAWAL_EXPIRE'],
      repeats: ['WITHDRAWAL_APPROVE'],
    },
    { after: ['WITHDRAWAL_DECLINE'], legal: [], repeats: ['WITHDRAWAL_DECLINE'] },
    { after: ['WITHDRAWAL_APPROVE', 'WITHDRAWAL_COMPLETE'], legal: [], repeats: ['WITHDRAWAL_COMPLETE'] },
    { after: ['WITHDRAWAL_APPROVE', 'WITHDRAWAL_FAIL'], legal: [], repeats: ['WITHDRAWAL_FAIL'] },
    { after: ['WITHDRAWAL_EXPIRE'], legal: [], repeats: ['WITHDRAWAL_EXPIRE'] },
  ]
  const STEPS: WithdrawalStep[] = [
    'WITHDRAWAL_APPROVE',
    'WITHDRAWAL_DECLINE',
    'WITHDRAWAL_COMPLETE',
    'WITHDRAWAL_FAIL',
    'WITHDRAWAL_EXPIRE',
  ]
  const cases = TABLE.flatMap((row) => STEPS.map((type) => ({ ...row, type })))

  it.each(cases)('after $after: $type', ({ after, type, legal, repeats }) => {
    const { wallet, step } = open()
    wallet.nowMs = DEADLINE_MS
    let before: Answer | undefined
    for (const each of after) before = step(each)
    const answer = step(type)
    if (legal.includes(type)) expect(answer).toMatchObject({ outcome: 'APPLIED', status: TO[type] })
    else if (repeats.includes(type))
      expect(answer).toMatchObject({
        outcome: 'REPLAYED',
        event: undefined,
        new_balance: before?.new_balance,
      })
    else
      expect(answer).toMatchObject({
        outcome: 'REJECTED',
        error_code: 'INVALID_TRANSITION',
        event: undefined,
      })
  })
})

describe('memory', () => {
  it('an open withdrawal is never forgotten', () => {
    const { wallet, step } = open()
    wallet.wait(days(400))
    expect(step('WITHDRAWAL_EXPIRE')).toMatchObject({ outcome: 'APPLIED', balance: 1_000n })
  })

  it('an ended one is, with the ids', () => {
    const { wallet, step } = open()
    step('WITHDRAWAL_DECLINE')
    wallet.wait(days(121))
    expect(step('WITHDRAWAL_DECLINE').error_code).toBe('TRANSACTION_NOT_FOUND')
  })

  it('approving what the limit approved is a repeat', () => {
    expect(open({ auto_approve: true }).step('WITHDRAWAL_APPROVE').outcome).toBe('REPLAYED')
  })
})
