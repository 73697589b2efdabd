/**
 * Who may do what in Kafka, as code: one principal per service, and of the topics what the catalogue says of its writers and
 * readers. Nobody has a right that isn't listed here; brokers need `allow.everyone.if.no.acl.found=false`, their default.
 *
 * Read and Write imply Describe, on topics, groups and transactional ids alike; Write on any topic implies the right to an
 * idempotent producer. Source: the Apache Kafka documentation, "Authorization and ACLs".
 */
import { TOPIC_NAMES, topicDefinition } from './catalogue.ts'
import type { TopicName } from './catalogue.ts'

export type AclOperation =
  'Read' | 'Write' | 'Describe' | 'Create' | 'AlterConfigs' | 'DescribeConfigs' | 'IdempotentWrite'

/** A right: always an Allow, from any host. */
export interface Acl {
  /** `User:<service>`. */
  principal: string
  operation: AclOperation
  resource: 'topic' | 'group' | 'transactional-id' | 'cluster'
  /** The resource's name, or with `prefixed` the beginning of it. */
  name: string
  pattern: 'literal' | 'prefixed'
}

type Name = Pick<Acl, 'name' | 'pattern'>

/** What a service needs beside its topics. */
interface Service {
  groups?: readonly Name[]
  transactionalIds?: readonly Name[]
  /** For a service that writes to no topic, and whose client opens an idempotent producer all the same. */
  idempotentWrite?: true
  /** What `topics apply` and `verify` do to every topic. */
  administersTopics?: true
}

const exactly = (name: string): Name => ({ name, pattern: 'literal' })
const beginningWith = (name: string): Name => ({ name, pattern: 'prefixed' })

/** A task's producers are `<app>.<processor>.<partition>.a` and `.b`; names of processors are no beginnings of one another's with their dot. */
const processor = (app: string, name: string): Service => ({
  groups: [exactly(`${app}.${name}`)],
  transactionalIds: [beginningWith(`${app}.${name}.`)],
})

/** The cluster is one resource, of this name. */
const CLUSTER = exactly('kafka-cluster')

export const SERVICE_NAMES = [
  'api',
  'wallet',
  'partners',
  'aml',
  'aml-alerts',
  'settlement',
  'games',
  'sink-postgres',
  'sink-clickhouse',
  'sink-webhooks',
  'screening',
  'settlement-worker',
  'games-worker',
  'reconciliation',
  'cli',
] as const
/** A service as the catalogue names it; `cli` is whoever runs the command line. */
export type ServiceName = (typeof SERVICE_NAMES)[number]

/** `app` is the services' APP_NAME. */
const servicesOf = (app: string): Readonly<Record<ServiceName, Service>> => ({
  // One group for replies; those in which an instance follows topics have the instance in their names.
  api: { groups: [beginningWith('api-')] },
  wallet: processor(app, 'wallet'),
  partners: processor(app, 'partners'),
  // An instance follows the rules in a group of its own.
  aml: { ...processor(app, 'aml'), groups: [exactly(`${app}.aml`), beginningWith(`${app}.aml.rules.`)] },
  'aml-alerts': processor(app, 'aml-alerts'),
  settlement: processor(app, 'settlement'),
  games: processor(app, 'games'),
  'sink-postgres': { groups: [exactly(`${app}.sink-postgres`)] },
  'sink-clickhouse': { groups: [exactly(`${app}.sink-clickhouse`)] },
  'sink-webhooks': { groups: [exactly(`${app}.sink-webhooks`), beginningWith(`${app}.sink-webhooks-`)] },
  // A group per edition of the lists, and one per instance for the rules.
  screening: { groups: [beginningWith(`${app}.screening.`), beginningWith(`${app}.screening-`)] },
  'settlement-worker': { groups: [beginningWith(`${app}.settlement-worker-`)] },
  'games-worker': { groups: [exactly(`${app}.games-worker`), beginningWith(`${app}.games-worker-`)] },
  reconciliation: { idempotentWrite: true },
  // What the dead letters' commands are called, whatever APP_NAME says.
  cli: { transactionalIds: [exactly('stakestream.cli.dead-letters')], administersTopics: true },
})

export const principalOf = (service: ServiceName): string => `User:${service}`

/** Rights on a topic: of its writers, its readers, and of those who administer all topics. */
function topicRights(topic: TopicName, service: ServiceName, rights: Service): AclOperation[] {
  const { writtenBy, readBy } = topicDefinition(topic)
  return [
    ...(writtenBy.includes(service) ? (['Write'] as const) : []),
    ...(readBy.includes(service) ? (['Read'] as const) : []),
    ...(rights.administersTopics ? (['Create', 'Describe', 'DescribeConfigs', 'AlterConfigs'] as const) : []),
  ]
}

function aclsOf(service: ServiceName, rights: Service): Acl[] {
  const principal = principalOf(service)
  const on = (resource: Acl['resource'], { name, pattern }: Name, operation: AclOperation): Acl => ({
    principal,
    operation,
    resource,
    name,
    pattern,
  })
  return [
    ...TOPIC_NAMES.flatMap((topic) =>
      topicRights(topic, service, rights).map((operation) => on('topic', exactly(topic), operation)),
    ),
    ...(rights.groups ?? []).map((group) => on('group', group, 'Read')),
    ...(rights.transactionalIds ?? []).map((id) => on('transactional-id', id, 'Write')),
    ...(rights.idempotentWrite ? [on('cluster', CLUSTER, 'IdempotentWrite')] : []),
  ]
}

/** All rights that the services of an installation need. */
export function wantedAcls(app: string): Acl[] {
  const services = servicesOf(app)
  return SERVICE_NAMES.flatMap((service) => aclsOf(service, services[service]))
}
