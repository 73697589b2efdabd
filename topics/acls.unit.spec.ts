import { describe, expect, it } from 'vitest'
import { principalOf, SERVICE_NAMES, wantedAcls } from './acls.ts'
import type { Acl, ServiceName } from './acls.ts'
import { topicDefinition, TOPIC_NAMES } from './catalogue.ts'

const ACLS = wantedAcls('stakestream')
const of = (service: ServiceName, resource: Acl['resource']): Acl[] =>
  ACLS.filter((acl) => acl.principal === principalOf(service) && acl.resource === resource)
const covers = ({ name, pattern }: Acl, wanted: string): boolean =>
  pattern === 'literal' ? name === wanted : wanted.startsWith(name)

describe('rights on topics', () => {
  it('are what the catalogue says, for every service that it names', () => {
    const services: readonly string[] = SERVICE_NAMES
    const rights = (operation: Acl['operation'], topic: string): string[] =>
      ACLS.filter((acl) => acl.resource === 'topic' && acl.operation === operation && acl.name === topic).map(
        ({ principal }) => principal.slice('User:'.length),
      )
    for (const name of TOPIC_NAMES) {
      const { writtenBy, readBy } = topicDefinition(name)
      expect(services).toEqual(expect.arrayContaining([...writtenBy, ...readBy]))
      expect(rights('Write', name).toSorted(), name).toEqual(writtenBy.toSorted())
      expect(rights('Read', name).toSorted(), name).toEqual(readBy.toSorted())
    }
  })

  it('to administer are the command line’s alone, and none reaches beyond the catalogue', () => {
    const administering = ACLS.filter(({ operation }) =>
      ['Create', 'AlterConfigs', 'DescribeConfigs'].includes(operation),
    )
    expect(new Set(administering.map(({ principal }) => principal))).toEqual(new Set(['User:cli']))
    expect(ACLS.filter(({ resource, pattern }) => resource === 'topic' && pattern !== 'literal')).toEqual([])
  })
})

describe('rights on groups and transactional ids', () => {
  it.each(['wallet', 'partners', 'aml', 'aml-alerts', 'settlement', 'games'] as const)(
    'let %s work, and nobody else in its place',
    (processor) => {
      const group = `stakestream.${processor}`
      const id = `stakestream.${processor}.11.b`
      const allowed = (resource: Acl['resource'], name: string): ServiceName[] =>
        SERVICE_NAMES.filter((service) => of(service, resource).some((acl) => covers(acl, name)))
      expect(allowed('group', group)).toEqual([processor])
      expect(allowed('transactional-id', id)).toEqual([processor])
    },
  )

  it('follow APP_NAME', () => {
    const named = wantedAcls('blue').filter(({ principal }) => principal === 'User:wallet')
    expect(named.filter(({ resource }) => resource !== 'topic')).toEqual([
      {
        principal: 'User:wallet',
        operation: 'Read',
        resource: 'group',
        name: 'blue.wallet',
        pattern: 'literal',
      },
      {
        principal: 'User:wallet',
        operation: 'Write',
        resource: 'transactional-id',
        name: 'blue.wallet.',
        pattern: 'prefixed',
      },
    ])
  })
})

it('no right stands twice', () => {
  expect(new Set(ACLS.map((acl) => JSON.stringify(acl))).size).toBe(ACLS.length)
})
