import { expect, it } from 'vitest'
import { readAnswer } from './partner-api.ts'

it.each([
  [
    200,
    '{"transaction_id":"t","new_balance":90071992547409.9301}',
    {
      kind: 'decided',
      outcome: { kind: 'acknowledged', transactionId: 't', newBalance: 900_719_925_474_099_301n },
    },
  ],
  [
    400,
    '{"code":"INSUFFICIENT_FUNDS"}',
    { kind: 'decided', outcome: { kind: 'rejected', code: 'INSUFFICIENT_FUNDS' } },
  ],
  [202, '{"acknowledged":true}', { kind: 'open', stored: true }],
  [202, '{"acknowledged":false}', { kind: 'open', stored: false }],
  [500, '{"code":"INTERNAL_ERROR"}', { kind: 'open', stored: false }],
  [503, '{"code":"SERVICE_UNAVAILABLE"}', { kind: 'refused' }],
])('takes %i %s for what it proves', (status, text, answer) => {
  expect(readAnswer(status, text)).toEqual(answer)
})

it('fails for an answer that is not of the API, instead of taking it for something', () => {
  expect(() => readAnswer(502, '<html>')).toThrow(SyntaxError)
  expect(() => readAnswer(200, '{}')).toThrow(/transaction_id/)
})
