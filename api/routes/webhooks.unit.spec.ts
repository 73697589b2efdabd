import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PartnerCommandData } from '../../avro/types.ts'
import { PartnerDirectory } from '../partners/directory.ts'
import { ADMIN_KEY, CIPHER, PARTNER_ID, PARTNER_KEY, startTestApp } from '../testing/app.ts'
import type { TestApp } from '../testing/app.ts'
import { entryOf, partnerOf, webhookOf } from '../testing/partners.ts'

const PATH = `/partners/${PARTNER_ID}/webhooks`
const ID = '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b12'

let directory: PartnerDirectory
let submitted: PartnerCommandData[]
let app: TestApp

async function start(allowHttpWebhooks = false): Promise<void> {
  directory = new PartnerDirectory()
  directory.applyPartner(partnerOf({ partner_id: PARTNER_ID }))
  submitted = []
  app = await startTestApp({
    directory,
    allowHttpWebhooks,
    partnerGateway: {
      submit: (data) => {
        submitted.push(data)
        const { webhook_id: id, webhook } = data
        if (id !== null && webhook !== null)
          directory.applyWebhook(webhookOf({ ...webhook, partner_id: PARTNER_ID, webhook_id: id }))
        return Promise.resolve(entryOf({ partner_id: PARTNER_ID, subject_type: 'webhook' }))
      },
    },
  })
}
beforeEach(() => start())
afterEach(() => app.close())

const call = (method: string, path: string, body?: object, key = ADMIN_KEY): Promise<Response> =>
  fetch(app.url + path, {
    method,
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

describe('webhook endpoints', () => {
  it('go to the log with their secret sealed', async () => {
    const answer = await call('POST', PATH, { url: 'https://a.example/' })
    expect(answer.status).toBe(201)
    const { secret } = z.object({ secret: z.string() }).parse(await answer.json())
    const [command] = submitted
    expect(command?.webhook_secret).not.toContain(secret)
    expect(CIPHER.decrypt(command?.webhook_secret ?? '')).toBe(secret)
  })

  it('are named by https, and by http only where that is configured', async () => {
    const body = { url: 'http://a.example/' }
    const refused = await call('POST', PATH, body)
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('https')])
    directory.applyWebhook(webhookOf({ partner_id: PARTNER_ID, webhook_id: ID }))
    expect((await call('PATCH', `${PATH}/${ID}`, body)).status).toBe(400)
    expect(submitted).toEqual([])
    await app.close()
    await start(true)
    expect((await call('POST', PATH, body)).status).toBe(201)
  })

  it('need a scope of their own', async () => {
    expect((await call('POST', PATH, { url: 'https://a.example/' }, PARTNER_KEY)).status).toBe(403)
    expect((await call('GET', PATH, undefined, PARTNER_KEY)).status).toBe(403)
  })
})
