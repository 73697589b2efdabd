/** `docs/instrumentation.md`, made of the catalogue of metrics, the rules and the dashboards. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { catalogue, FROM_ELSEWHERE, SERVICES } from './catalogue.ts'
import type { Metric } from './catalogue.ts'
import { alertRules } from './rules.ts'

const OWN = 'stakestream_'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim()
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
const rows = (head: readonly string[], body: readonly (readonly string[])[]): string =>
  [row(...head), row(...head.map(() => '---')), ...body.map((cells) => row(...cells))].join('\n')

const inCode = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ')

const metricRow = ({ name, type, labels, help }: Metric): string[] => [
  `\`${name}\``,
  type,
  inCode(labels),
  help,
]

/** The product's own metrics, with those together that the same services have. */
function byServices(): [services: string, metrics: Metric[]][] {
  const groups = new Map<string, Metric[]>()
  for (const metric of catalogue().filter(({ name }) => name.startsWith(OWN))) {
    const services = metric.services.join(', ')
    groups.set(services, [...(groups.get(services) ?? []), metric])
  }
  return [...groups]
}

const METRICS = ['metric', 'type', 'labels', 'what it says']

const ownSections = (): string =>
  byServices()
    .map(([services, metrics]) => `### Of ${services}\n\n${rows(METRICS, metrics.map(metricRow))}`)
    .join('\n\n')

const ofProcesses = (): Metric[] => catalogue().filter(({ name }) => !name.startsWith(OWN))

const alertRow = ({
  alert,
  labels,
  for: lasting,
  expr,
  annotations,
}: ReturnType<typeof alertRules>[number]) => [
  `[${alert}](${annotations.runbook_url.replace('docs/', '')})`,
  labels.severity,
  lasting === '0m' ? 'at once' : lasting,
  `\`${expr}\``,
  annotations.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '_$1_'),
]

export const instrumentationText = (dashboards: readonly Dashboard[]): string => `# Instrumentation

Made by \`npm run generate:dashboards\` of what the code registers, of the rules and of the dashboards; a test holds them together.

Every service answers \`GET /metrics\` in the format of Prometheus: the API on its own port, the others on their admin port.
\`dashboards/prometheus/prometheus.yml\` scrapes them under these names, as the label \`service\`:
${inCode(Object.keys(SERVICES))}.

A histogram has the series \`_bucket\`, \`_sum\` and \`_count\`. The names of counters end in \`_total\`, those of most others in their unit.

## Metrics of the product

${ownSections()}

## Metrics of every process

Of the Prometheus client, in every service.

${rows(METRICS, ofProcesses().map(metricRow))}

## Metrics from elsewhere

${rows(METRICS, FROM_ELSEWHERE.map(metricRow))}

## Alerts

\`dashboards/prometheus/*.rules.yml\`. _for_: how long it has to be so before it fires. Each links to its runbook.

${rows(['alert', 'severity', 'for', 'fires where', 'says'], alertRules().map(alertRow))}

## Dashboards

\`dashboards/grafana/\`, in Grafana's folder Stakestream.

${rows(
  ['dashboard', 'of', 'what it shows', 'panels'],
  dashboards.map(({ title, tags, description, panels }) => [
    title ?? '',
    tags?.at(-1) ?? '',
    description ?? '',
    (panels ?? []).map((panel) => panel.title ?? '').join(' · '),
  ]),
)}
`
