/** Reads the metrics of a running process. */

export interface Sample {
  labels: Readonly<Record<string, string>>
  value: number
}

/** All samples of a metric. Throws where the process does not answer. */
export async function samplesOf(adminPort: number, metric: string): Promise<Sample[]> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/metrics`)
  const body = await response.text()
  return body.split('\n').flatMap((line): Sample[] => {
    const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)/.exec(line)
    if (match?.[1] !== metric) return []
    const labels: Record<string, string> = {}
    for (const [, name = '', text = ''] of (match[2] ?? '').matchAll(/(\w+)="([^"]*)"/g)) labels[name] = text
    return [{ labels, value: Number(match[3]) }]
  })
}
