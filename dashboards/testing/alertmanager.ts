/** A real Alertmanager under the product's settings, and somebody whom it tells. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { freePort } from '../../tests/support/free-port.ts'
import { startServer } from './server.ts'
import { shortenedAlertmanager } from './shortened.ts'

const labels = z.record(z.string(), z.string())
const alertsAnswer = z.array(
  z.object({
    labels,
    status: z.object({ inhibitedBy: z.array(z.string()), silencedBy: z.array(z.string()) }),
  }),
)
const notice = z.object({
  alerts: z.array(z.object({ status: z.enum(['firing', 'resolved']), labels, annotations: labels })),
})

interface Told {
  receiver: string
  status: 'firing' | 'resolved'
  alertname: string
  runbook: string
}

/** Stands for the people behind every receiver. */
async function startListener(): Promise<{ url: string; told: Told[]; stop: () => Promise<void> }> {
  const told: Told[] = []
  const server = createServer((request, response) => {
    const receiver = (request.url ?? '').slice(1)
    const note = async (): Promise<void> => {
      for (const { status, labels: of, annotations } of notice.parse(JSON.parse(await text(request))).alerts)
        told.push({
          receiver,
          status,
          alertname: of['alertname'] ?? '',
          runbook: annotations['runbook_url'] ?? '',
        })
      response.end()
    }
    note().catch(() => response.destroy())
  })
  const port = await freePort()
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${port}`,
    told,
    stop: () => new Promise((done) => server.close(() => done())),
  }
}

export interface RunningAlertmanager {
  /** Host and port. */
  address: string
  /** What it has told so far, in order. */
  told: readonly Told[]
  /** Alerts as it knows them, with what mutes them. */
  alerts(): Promise<z.output<typeof alertsAnswer>>
  /** Tells it of alerts as Prometheus does. */
  raise(alerts: readonly Readonly<Record<string, string>>[]): Promise<void>
  stop(): Promise<void>
}

export async function startAlertmanager(program: string): Promise<RunningAlertmanager> {
  const listener = await startListener()
  const { address, get, stop } = await startServer({
    what: 'Alertmanager',
    program,
    configuration: shortenedAlertmanager(listener.url),
    args: ({ file, folder, address: listen }) => [
      `--config.file=${file}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${listen}`,
      '--cluster.listen-address=',
      '--log.level=error',
    ],
  })
  return {
    address,
    told: listener.told,
    alerts: async () => alertsAnswer.parse(await get('/api/v2/alerts')),
    raise: async (alerts) => {
      const response = await fetch(`http://${address}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts.map((of) => ({ labels: of }))),
      })
      if (!response.ok) throw new Error(`Alertmanager took no alerts: ${await response.text()}`)
    },
    stop: async () => {
      await stop()
      await listener.stop()
    },
  }
}
