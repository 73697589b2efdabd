/** The product's own rules and routes, with shorter times and nothing else changed, so that a test can wait for them. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { alertRules } from '../metrics/rules.ts'

/** How long something has to be so before it fires. */
const LASTING = '2s'
/** The window in which counters are looked at. */
const WINDOW = '10s'

/** Writes the rules of these alerts into a folder; their bounds stay. Throws where there is none of a name. */
export function writeShortenedRules(folder: string, names: readonly string[]): string {
  const rules = names.map((name) => {
    const rule = alertRules().find(({ alert }) => alert === name)
    if (rule === undefined) throw new Error(`there is no alert ${name}`)
    const { for: lasting, expr } = rule
    return {
      ...rule,
      for: lasting === '0m' ? lasting : LASTING,
      expr: expr.replaceAll(/(\[|offset )15m/g, `$1${WINDOW}`),
    }
  })
  const file = join(folder, 'shortened.rules.yml')
  writeFileSync(file, stringify({ groups: [{ name: 'shortened', rules }] }))
  return file
}

export const ALERTMANAGER_SETTINGS = join(import.meta.dirname, '../alertmanager/alertmanager.yml')

const route = z.looseObject({
  receiver: z.string(),
  get routes() {
    return z.array(route).default([])
  },
})
const settings = z.looseObject({ route, receivers: z.array(z.object({ name: z.string() })) })

const hurried = ({ routes, ...rest }: z.output<typeof route>): object => ({
  ...rest,
  group_wait: '1s',
  group_interval: '1s',
  routes: routes.map(hurried),
})

/** The settings of Alertmanager with receivers that call `url`/RECEIVER instead of people. */
export function shortenedAlertmanager(url: string): string {
  const {
    route: root,
    receivers,
    ...rest
  } = settings.parse(parse(readFileSync(ALERTMANAGER_SETTINGS, 'utf8')))
  return stringify({
    ...rest,
    route: hurried(root),
    receivers: receivers.map(({ name }) => ({ name, webhook_configs: [{ url: `${url}/${name}` }] })),
  })
}
