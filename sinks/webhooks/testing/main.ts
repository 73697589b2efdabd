/** A process that sends what is due, for a test to kill: `node main.ts DATABASE_URL WEBHOOK_ID URL LEASE_MS`. */
import { anEndpoint, createRig } from './rig.ts'

const [databaseUrl = '', webhookId = '', url = '', leaseMs = ''] = process.argv.slice(2)
const rig = createRig({ databaseUrl, leaseMs: Number(leaseMs) })
rig.endpoints.apply(anEndpoint({ webhook_id: webhookId, url }))
rig.start()
