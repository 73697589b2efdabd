/** The users of Kafka as Strimzi's user operator takes them, from the rights of `topics/acls.ts`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { principalOf, SERVICE_NAMES, wantedAcls } from '../topics/acls.ts'
import type { Acl, ServiceName } from '../topics/acls.ts'

const USERS_FILE = join(import.meta.dirname, 'strimzi/users.yaml')
/** As the chart sets it: no process of the chart has another APP_NAME. */
const APP_NAME = 'stakestream'

const HEAD = `# Made by \`npm run generate:chart\` from topics/acls.ts. Users of Kafka, one per process, by its name: what it may do, and nothing else; \`cli\` is the
# init job and the command line. The user operator takes away what is not listed here, so \`topics apply-acls\` is not to be used beside it.
#
# Of each user the operator makes a Secret, <kafka.security.userSecretPrefix><process>, with the key \`password\`. The chart looks for it in its
# own namespace: have the user operator watch that one, or copy the Secrets.
`

const TYPES = {
  topic: 'topic',
  group: 'group',
  'transactional-id': 'transactionalId',
  cluster: 'cluster',
} as const satisfies Record<Acl['resource'], string>

interface StrimziAcl {
  resource: { type: string; name?: string; patternType?: 'prefix' }
  operations: Acl['operation'][]
}

/** Strimzi's cluster is one resource without a name. */
const resourceOf = ({ resource, name, pattern }: Acl): StrimziAcl['resource'] => ({
  type: TYPES[resource],
  ...(resource === 'cluster' ? {} : { name }),
  ...(pattern === 'prefixed' ? { patternType: 'prefix' } : {}),
})

function aclsOf(service: ServiceName, all: readonly Acl[]): StrimziAcl[] {
  const byResource = new Map<string, StrimziAcl>()
  for (const acl of all.filter(({ principal }) => principal === principalOf(service))) {
    const resource = resourceOf(acl)
    const key = JSON.stringify(resource)
    const known = byResource.get(key)
    if (known === undefined) byResource.set(key, { resource, operations: [acl.operation] })
    else known.operations.push(acl.operation)
  }
  return [...byResource.values()]
}

const userOf = (service: ServiceName, all: readonly Acl[]): string =>
  [
    'apiVersion: kafka.strimzi.io/v1',
    'kind: KafkaUser',
    'metadata:',
    `  name: ${service}`,
    '  namespace: kafka',
    '  labels: { strimzi.io/cluster: stakestream }',
    'spec:',
    '  authentication: { type: scram-sha-512 }',
    '  authorization:',
    '    type: simple',
    '    acls:',
    ...aclsOf(service, all).map(
      (acl) => `      - ${stringify(acl, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`,
    ),
  ].join('\n')

/** The text of the file. */
export function usersYaml(): string {
  const all = wantedAcls(APP_NAME)
  return `${HEAD}${SERVICE_NAMES.map((service) => userOf(service, all)).join('\n---\n')}\n`
}

export const writeUsers = (): void => writeFileSync(USERS_FILE, usersYaml())
