/** Webhook endpoints on the running system: API, Kafka and the partner processor. */
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newWebhookAnswer, webhookAnswer } from './schemas/webhooks.ts'
import { asAdmin, bodyOf, codeOf, eventually, newId, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

const page = z.object({ data: z.array(webhookAnswer) })
const audit = z.object({
  data: z.array(z.object({ action: z.string(), subject_id: z.string(), outcome: z.string() })),
})
const URL_OF = 'https://partner.example/hooks'

let partnerId: string
let path: string
beforeAll(async () => {
  partnerId = randomUUID()
  path = `/partners/${partnerId}/webhooks`
  const partner = { id: partnerId, name: newId('Casino'), type: 'operator' }
  await request('POST', '/partners', partner, asAdmin)
})

const admin = (method: string, at: string, body?: object): Promise<Answer> =>
  request(method, at, body, asAdmin)

async function newWebhook(change: object = {}): Promise<z.output<typeof newWebhookAnswer>> {
  const answer = await admin('POST', path, { url: URL_OF, ...change })
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)])
  return bodyOf(newWebhookAnswer, answer)
}

describe('a webhook endpoint', () => {
  it('is created, listed, changed, rotated and deleted, and its secret is shown when it is made', async () => {
    const { secret, ...created } = await newWebhook({ event_types: ['transaction.created'] })
    expect(secret).toMatch(/^whsec_/)
    expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32)
    expect(created).toMatchObject({ partner_id: partnerId, status: 'active', version: 1 })
    const list = await admin('GET', path)
    expect(bodyOf(page, list).data).toContainEqual(created)
    expect(list.text).not.toMatch(/whsec_|sealed/)

    const one = `${path}/${created.id}`
    const disabled = await admin('PATCH', one, { status: 'disabled', description: 'ledger' })
    expect(bodyOf(webhookAnswer, disabled)).toMatchObject({
      status: 'disabled',
      disabled_reason: 'REQUESTED',
      description: 'ledger',
      url: URL_OF,
      version: 2,
    })
    const active = await admin('PATCH', one, { status: 'active', expected_version: 2 })
    expect(bodyOf(webhookAnswer, active)).toMatchObject({ status: 'active', disabled_reason: null })
    const stale = await admin('PATCH', one, { description: null, expected_version: 2 })
    expect([stale.status, codeOf(stale)]).toEqual([409, 'VERSION_CONFLICT'])

    const rotated = bodyOf(
      newWebhookAnswer,
      await admin('POST', `${one}/rotate-secret`, { overlap_seconds: 60 }),
    )
    expect(rotated.secret).not.toBe(secret)
    expect(rotated.secrets).toEqual([
      { created_at: rotated.updated_at, expires_at: null },
      { created_at: created.created_at, expires_at: expect.any(String) },
    ])
    const atOnce = await admin('POST', `${one}/rotate-secret`, { overlap_seconds: 0 })
    expect(bodyOf(newWebhookAnswer, atOnce).secrets).toHaveLength(1)

    expect((await admin('DELETE', one)).status).toBe(204)
    expect(codeOf(await admin('DELETE', one))).toBe('WEBHOOK_NOT_FOUND')
    expect(bodyOf(page, await admin('GET', path)).data.map(({ id }) => id)).not.toContain(created.id)
    const actions = await eventually(async () => {
      const answer = await admin('GET', `/audit?partner_id=${partnerId}&subject_id=${created.id}`)
      expect(answer.text).not.toMatch(/whsec_|secrets/)
      const seen = bodyOf(audit, answer).data.map(({ action, outcome }) => `${action} ${outcome}`)
      return seen.includes('DELETE_WEBHOOK APPLIED') ? seen : undefined
    })
    expect(actions).toContain('ROTATE_WEBHOOK_SECRET APPLIED')
  })

  it('keeps every one of many changes at once', async () => {
    const { id } = await newWebhook()
    const changes = [{ description: 'x' }, { event_types: ['transaction.updated'] }]
    const answers = await Promise.all(changes.map((change) => admin('PATCH', `${path}/${id}`, change)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    const { data } = bodyOf(page, await admin('GET', path))
    expect(data.find((each) => each.id === id)).toMatchObject({
      description: 'x',
      event_types: ['transaction.updated'],
      version: 3,
    })
  })

  it.each([
    ['another scheme', { url: 'ftp://partner.example/' }],
    ['no address', { url: 'partner.example' }],
    ['a password', { url: 'https://me:secret@partner.example/' }],
    ['an unknown type of event', { event_types: ['player.created'] }],
    ['an unknown field', { secret: 'whsec_mine' }],
    ['a status', { status: 'deleted' }],
  ])('with %s is refused', async (_what, change) => {
    const answer = await admin('POST', path, { url: URL_OF, ...change })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED'])
  })

  it('is one of ten', async () => {
    const { data } = bodyOf(page, await admin('GET', path))
    for (let count = data.length; count < 10; count++) await newWebhook()
    const answer = await admin('POST', path, { url: URL_OF })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'WEBHOOK_LIMIT_REACHED'])
  })

  it('is not there for another partner, nor under another’s path', async () => {
    const [webhook] = bodyOf(page, await admin('GET', path)).data
    const other = randomUUID()
    await admin('POST', '/partners', { id: other, name: newId('Other'), type: 'operator' })
    const answer = await admin('PATCH', `/partners/${other}/webhooks/${webhook?.id}`, { description: 'x' })
    expect([answer.status, codeOf(answer)]).toEqual([404, 'WEBHOOK_NOT_FOUND'])
  })
})
