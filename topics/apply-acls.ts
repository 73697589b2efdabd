/**
 * `topics apply-acls`: gives every service what `acls.ts` says, and takes from its principal what it doesn't say any more.
 * New rights come before old ones go, so that it may run while services do. Left alone: principals that are no service of
 * ours, and every Deny, which is somebody's emergency brake.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { AclEntry, Admin } from 'kafkajs'
import { principalOf, SERVICE_NAMES, wantedAcls } from './acls.ts'
import type { Acl } from './acls.ts'
import { OperationalError } from './errors.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const ANY_HOST = '*'
/** How long a broker may take to show a change of rights, and how often it is asked, in milliseconds. */
const SHOWN_MS = 10_000
const LOOK_MS = 20
/** Of one request: brokers refuse those over `socket.request.max.bytes`, which this is far from. */
const ACLS_PER_REQUEST = 500

const RESOURCES = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  'transactional-id': AclResourceTypes.TRANSACTIONAL_ID,
  cluster: AclResourceTypes.CLUSTER,
} as const satisfies Record<Acl['resource'], number>

const OPERATIONS = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Describe: AclOperationTypes.DESCRIBE,
  Create: AclOperationTypes.CREATE,
  AlterConfigs: AclOperationTypes.ALTER_CONFIGS,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  IdempotentWrite: AclOperationTypes.IDEMPOTENT_WRITE,
} as const satisfies Record<Acl['operation'], number>

const entryOf = (acl: Acl): AclEntry => ({
  principal: acl.principal,
  host: ANY_HOST,
  permissionType: AclPermissionTypes.ALLOW,
  operation: OPERATIONS[acl.operation],
  resourceType: RESOURCES[acl.resource],
  resourceName: acl.name,
  resourcePatternType:
    acl.pattern === 'literal' ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED,
})

const keyOf = (entry: AclEntry): string =>
  JSON.stringify([
    entry.principal,
    entry.host,
    entry.operation,
    entry.resourceType,
    entry.resourceName,
    entry.resourcePatternType,
  ])

/** Every Allow of a service's principal, whoever has given it. */
async function presentEntries(admin: Admin): Promise<AclEntry[]> {
  const ours = new Set(SERVICE_NAMES.map(principalOf))
  const { resources } = await admin
    .describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ALLOW,
    })
    .catch((error: unknown) => {
      throw aclFault(error)
    })
  return resources.flatMap(({ acls, ...resource }) =>
    acls.filter(({ principal }) => ours.has(principal)).map((acl) => ({ ...acl, ...resource })),
  )
}

/** What stands in the way of ACLs altogether. */
function aclFault(error: unknown): unknown {
  const type = error instanceof Error && 'type' in error ? error.type : undefined
  if (type === 'SECURITY_DISABLED')
    return new OperationalError(
      'refused',
      'ACLS_UNSUPPORTED',
      'the brokers have no authorizer: whoever reaches them may do everything',
      'set authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      error,
    )
  if (type === 'CLUSTER_AUTHORIZATION_FAILED')
    return new OperationalError(
      'refused',
      'ACLS_REFUSED',
      'this user may not see or change ACLs',
      'run it as one of the super.users of the brokers',
      error,
    )
  return error
}

const lotsOf = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / ACLS_PER_REQUEST) }, (_, lot) =>
    items.slice(lot * ACLS_PER_REQUEST, (lot + 1) * ACLS_PER_REQUEST),
  )

/** What is missing of the wanted rights, and what is there beside them. */
async function compare(
  admin: Admin,
  wanted: readonly AclEntry[],
): Promise<{ missing: AclEntry[]; surplus: AclEntry[] }> {
  const present = await presentEntries(admin)
  const wantedKeys = new Set(wanted.map(keyOf))
  const presentKeys = new Set(present.map(keyOf))
  return {
    missing: wanted.filter((entry) => !presentKeys.has(keyOf(entry))),
    surplus: present.filter((entry) => !wantedKeys.has(keyOf(entry))),
  }
}

/** The controller takes a change first; the brokers have it a moment later, and a service that starts before would be refused. */
async function untilShown(admin: Admin, wanted: readonly AclEntry[]): Promise<void> {
  const untilMs = Date.now() + SHOWN_MS
  for (;;) {
    const { missing, surplus } = await compare(admin, wanted)
    if (missing.length === 0 && surplus.length === 0) return
    if (Date.now() > untilMs)
      throw new OperationalError(
        'unreachable',
        'ACLS_NOT_SHOWN',
        `the rights were taken, and don't show after ${SHOWN_MS} ms`,
        'look at the brokers, then run it again',
      )
    await sleep(LOOK_MS)
  }
}

/**
 * Answers how many rights were given and taken, once they show; 0 and 0 where all was well.
 *
 * Throws `OperationalError`: ACLS_UNSUPPORTED where the brokers have no authorizer, ACLS_REFUSED for a user who may not.
 */
export async function applyAcls(admin: Admin, app: string): Promise<{ given: number; taken: number }> {
  const wanted = wantedAcls(app).map(entryOf)
  const { missing, surplus } = await compare(admin, wanted)
  try {
    for (const acl of lotsOf(missing)) await admin.createAcls({ acl })
    for (const filters of lotsOf(surplus)) await admin.deleteAcls({ filters })
  } catch (error) {
    throw aclFault(error)
  }
  await untilShown(admin, wanted)
  return { given: missing.length, taken: surplus.length }
}
