/** Every alert has a runbook, and what a runbook names is there: commands, services, queries, panels, pages. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { createProgram } from '../cli/main.ts'
import { readDashboardFiles } from '../dashboards/all.ts'
import { catalogue, FROM_ELSEWHERE } from '../dashboards/metrics/catalogue.ts'
import { alertRules } from '../dashboards/metrics/rules.ts'
import { dashboardSchema } from '../dashboards/testing/grafana.ts'
import { readPromql } from '../dashboards/testing/promql.ts'
import { servicesOf } from '../stack/services/index.ts'
import { stackFrom } from '../stack/stack.ts'

const ROOT = join(import.meta.dirname, '..')
const FOLDER = 'docs/runbooks'
const INDEX = 'README.md'

const files = readdirSync(join(ROOT, FOLDER))
const textOf = (file: string): string => readFileSync(join(ROOT, FOLDER, file), 'utf8')
const pages = files.filter((file) => file !== INDEX)

const SECTIONS = ['What it means', 'How to see it', 'Likely causes', 'What to do', 'It is over when', 'Never']

describe('runbooks', () => {
  it('are there for each alert, and for nothing else', () => {
    const alerts = alertRules().map(({ alert }) => `${alert}.md`)
    expect(pages.toSorted()).toEqual(alerts.toSorted())
  })

  it.each(alertRules())('$alert names its own', ({ alert, annotations }) => {
    expect(annotations.runbook_url).toBe(`${FOLDER}/${alert}.md`)
  })

  it('are all in the index, with the severity', () => {
    const rows = [...textOf(INDEX).matchAll(/^\| \[(\w+)\]\((\w+)\.md\) +\| (\w+)/gm)]
    const listed = rows.map(([, name, file, severity]) => `${name} ${file} ${severity}`)
    const expected = alertRules().map(({ alert, labels }) => `${alert} ${alert} ${labels.severity}`)
    expect(listed.sort()).toEqual(expected.sort())
  })

  it.each(pages)('%s has the sections of every other, none of them empty', (page) => {
    const [title, ...sections] = textOf(page).split(/^## /m)
    expect(title?.trim()).toBe(`# ${page.replace('.md', '')}`)
    expect(sections.map((section) => section.split('\n')[0])).toEqual(SECTIONS)
    for (const section of sections) expect(section.split('\n').slice(1).join('').length).toBeGreaterThan(10)
  })
})

/** Words as a shell takes them, so far as the pages quote. */
const words = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')

/** The rest of each line or code that begins with `start`. */
const commandsOf = (text: string, start: string): string[] =>
  text
    .split(start)
    .slice(1)
    .map((rest) => (/^[^`\n|)]*/.exec(rest)?.[0] ?? '').trim())

/** Lets nothing run: what is asked is whether the command line takes the words. */
function withoutActions(command: Command, reached: (command: Command) => void): void {
  command.action(() => reached(command))
  for (const child of command.commands) withoutActions(child, reached)
}

/** The command that the words reach. Throws what the command line says of them. */
async function reach(args: readonly string[]): Promise<Command> {
  const program = createProgram()
  let reached = program
  withoutActions(program, (command) => (reached = command))
  await program.parseAsync(args, { from: 'user' })
  return reached
}

/** Both a command and the place of others. */
const WITH_COMMANDS: ReadonlySet<string> = new Set(['reconcile'])

const compose = z
  .object({ services: z.record(z.string(), z.unknown()) })
  .parse(parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }))
const targets = /^\.PHONY: (.*)$/m.exec(readFileSync(join(ROOT, 'Makefile'), 'utf8'))?.[1]?.split(' ') ?? []

const panels = new Set(
  [...readDashboardFiles().values()].flatMap((text) =>
    dashboardSchema.parse(JSON.parse(text)).panels.map(({ title }) => title),
  ),
)
const series = new Set(
  [...catalogue(), ...FROM_ELSEWHERE].flatMap(({ name, type }) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
  ),
)

describe.each(files)('%s', (file) => {
  const text = textOf(file)

  it('names commands that the command line takes', async () => {
    for (const command of commandsOf(text, 'npm run -s cli -- ')) {
      const reached = await reach(words(command))
      expect([command, reached.commands.length === 0 || WITH_COMMANDS.has(reached.name())]).toEqual([
        command,
        true,
      ])
    }
  })

  it('names services and targets that there are', () => {
    const services = servicesOf(stackFrom({ BROKERS: '1' })).map(({ name }) => name)
    for (const command of commandsOf(text, 'npm run -s stack -- ')) {
      const [verb, ...names] = words(command)
      expect(['start', 'stop', 'kill']).toContain(verb)
      expect(services).toEqual(expect.arrayContaining(names))
      expect(names).not.toEqual([])
    }
    const ofCompose = commandsOf(text, 'docker compose ').flatMap((command) =>
      words(command)
        .slice(1)
        .filter((word) => !/^(-|\d)/.test(word)),
    )
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(ofCompose))
    const made = [...text.matchAll(/`(?:[A-Z_]+=\S+ )*make (\w+)`/g)].map(([, target]) => target)
    expect(targets).toEqual(expect.arrayContaining(made))
  })

  it('asks for metrics that there are', () => {
    const [, queries = ''] = /```promql\n([\s\S]*?)```/.exec(text) ?? []
    const asked = queries
      .split('\n')
      .filter(Boolean)
      .flatMap((query) => readPromql(query).metrics)
    expect([...series]).toEqual(expect.arrayContaining(asked))
  })

  it('looks at panels that there are', () => {
    const looked = [...text.matchAll(/(?<![\w`])_([A-Z][^_`]+)_/g)].map(([, title]) => title)
    expect([...panels]).toEqual(expect.arrayContaining(looked))
  })

  it('links to pages that there are', () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link)
    for (const link of links) expect([link, existsSync(join(ROOT, FOLDER, link))]).toEqual([link, true])
  })
})

describe('reaching a command', () => {
  it.each([
    ['reconcile --wait'],
    ['dead-letters replay wallet.command.dlq/0/17'],
    ['games bets --state LOST'],
    ['reconcile --no-such-option'],
    ['dead-letters list of-all'],
  ])('refuses what the command line would: %s', async (command) => {
    await expect(reach(words(command))).rejects.toThrow()
  })
})
