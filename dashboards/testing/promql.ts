/** What the tests read out of an expression of Prometheus, by the parser that Prometheus itself ships. */
import { parser } from '@prometheus-io/lezer-promql'

/** What Grafana makes of an expression before it is sent: the interval and the chosen services. Throws on what it does not know. */
export function expandPromql(expression: string, services: readonly string[]): string {
  const text = expression
    .replaceAll('$__rate_interval', '1m')
    .replaceAll('${service:regex}', services.join('|'))
  if (text.includes('$')) throw new Error(`not all of it is known here: ${text}`)
  return text
}

interface Asked {
  metrics: string[]
  /** Labels by which it chooses or groups. */
  labels: string[]
}

/** The metrics and labels that an expression asks for. Throws where it is none. */
export function readPromql(expression: string): Asked {
  const metrics = new Set<string>()
  const labels = new Set<string>()
  parser.parse(expression).iterate({
    enter: ({ type, from, to }) => {
      const text = expression.slice(from, to)
      if (type.isError) throw new Error(`no expression at ${from}: ${expression}`)
      if (type.name === 'Identifier') metrics.add(text)
      if (type.name === 'LabelName') labels.add(text)
    },
  })
  return { metrics: [...metrics], labels: [...labels] }
}
