/** `topics acls` and `topics apply-acls`: who may do what in Kafka. */
import type { Command } from 'commander'
import { z } from 'zod'
import { commonConfig, readConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import { createLogger } from '../service/logger.ts'
import { SERVICE_NAMES, wantedAcls } from '../topics/acls.ts'
import { applyAcls } from '../topics/apply-acls.ts'
import { connectAdmin } from '../topics/kafka-admin.ts'
import { createKafka } from '../topics/kafka.ts'
import { note, printJson, printTable } from './output.ts'

const aclsConfig = commonConfig.extend({
  /** As the services have it: consumer groups and transactional ids begin with it. */
  APP_NAME: z.string().min(1).default('stakestream'),
})

function list(options: { json?: true }): void {
  const acls = wantedAcls(readConfig(aclsConfig).APP_NAME)
  if (options.json) printJson(acls)
  else
    printTable(
      ['principal', 'operation', 'resource', 'pattern', 'name'],
      acls.map(({ principal, operation, resource, pattern, name }) => [
        principal,
        operation,
        resource,
        pattern,
        name,
      ]),
    )
}

async function apply(): Promise<void> {
  const config = readConfig(aclsConfig)
  const connection = kafkaConnection(config)
  const kafka = createKafka({
    ...connection,
    clientId: 'stakestream-cli',
    log: createLogger('cli', 'silent'),
  })
  const admin = await connectAdmin(kafka, connection.brokers)
  try {
    const { given, taken } = await applyAcls(admin, config.APP_NAME)
    note(`${given} rights given, ${taken} taken; ${SERVICE_NAMES.length} services have what they need`)
  } finally {
    await admin.disconnect()
  }
}

export function registerAcls(topics: Command): void {
  topics
    .command('acls')
    .description('print which principal may do what in Kafka')
    .option('--json', 'print JSON')
    .action(list)
  topics
    .command('apply-acls')
    .description(
      'give each service its rights and take what it needs no more; as a super user; safe to repeat',
    )
    .action(apply)
}
