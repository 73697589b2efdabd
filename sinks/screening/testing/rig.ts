/** Screening on topics of its own: profiles in, commands out, and a list on disk that the test writes. */
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import type { AmlCommand, Player } from '../../../avro/types.ts'
import { playerKey } from '../../../domain/ids.ts'
import { createCipher } from '../../../service/encryption.ts'
import { createCodec } from '../../../topics/codec.ts'
import { RuleBook } from '../../../topics/rule-book.ts'
import { createKafka } from '../../../topics/kafka.ts'
import { brokersFromEnvironment } from '../../../tests/support/environment.ts'
import { inMemorySchemas } from '../../../tests/support/sink-rig.ts'
import { waitFor } from '../../../tests/support/wait.ts'
import { createDeadLetters } from '../../runtime/dead-letters.ts'
import { createSinkMetrics } from '../../runtime/metrics.ts'
import { aPlayer } from '../../testing/player-events.ts'
import { createScreeningMetrics } from '../metrics.ts'
import { startScreening } from '../service.ts'
import type { Screening } from '../service.ts'

const PARTITIONS = 2
/** How often the list is looked at, in milliseconds. */
const RELOAD_MS = 100
const HEADER = 'ref,type,name,aliases,dob,nationality,list,listed_on\n'

export const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', Buffer.alloc(32, 3)]]) })

/** A line of a list in the form of the United Nations'. */
export const listed = (ref: string, name: string, born = '1970-05-17'): string =>
  `${ref},Person,${name},,${born},Germany,Test,2020-01-01\n`

export type Rig = Awaited<ReturnType<typeof createRig>>

export async function createRig() {
  const id = randomBytes(5).toString('hex')
  const topics = { profiles: `test-${id}.players`, commands: `test-${id}.commands` }
  const letters = `test-${id}.players.dlq`
  const all = [...Object.values(topics), letters]
  const folder = mkdtempSync(join(tmpdir(), 'screening-'))
  const path = join(folder, 'list.csv')
  const log: string[] = []
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) })
  const kafka = createKafka({ brokers: brokersFromEnvironment(), clientId: `test-${id}`, log: logger })
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: all.map((topic) => ({ topic, numPartitions: PARTITIONS })),
    waitForLeaders: false,
  })
  const isLed = async (): Promise<boolean> => {
    const { topics: known } = await admin.fetchTopicMetadata({ topics: all })
    return known.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
  }
  await waitFor(isLed, { what: 'the topics' })
  const producer = kafka.producer()
  await producer.connect()
  const schemas = inMemorySchemas()
  const profiles = await createCodec('player.profile.updated', schemas)
  const command = await createCodec('aml.command', schemas)
  const letter = await createCodec('player.profile.updated.dlq', schemas)

  const commands: AmlCommand[] = []
  const consumer = kafka.consumer({ groupId: `test-${id}-commands`, maxWaitTimeInMs: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic: topics.commands, fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message: { key, value } }) => {
      const read = command.decode(value ?? Buffer.alloc(0))
      if (key?.toString() === playerKey(read.data.partner_id, read.data.player_id)) commands.push(read)
      return Promise.resolve()
    },
  })
  const book = new RuleBook()
  const running = new Set<Screening>()

  return {
    topics,
    admin,
    log,
    book,
    /** All that was sent, repetitions too, in the order of arrival. */
    commands,
    /** Each command once: what the processor of alerts makes of them. */
    decided: (): AmlCommand[] => [...new Map(commands.map((sent) => [sent.event_id, sent])).values()],
    groupPrefix: `test-${id}.screening`,
    putList: (lines: string): void => {
      writeFileSync(`${path}.new`, HEADER + lines)
      renameSync(`${path}.new`, path)
    },
    /** Puts profiles on the topic; name and date of birth are sealed unless they are sealed already. */
    putPlayers: async (...players: Partial<Player>[]): Promise<void> => {
      const seal = (text: string | null | undefined): string | null =>
        text === null || text === undefined || /^k\d:/.test(text) ? (text ?? null) : cipher.encrypt(text)
      const messages = players.map((player) => {
        const { name, date_of_birth: born } = player
        const event = aPlayer({ country: null, ...player, name: seal(name), date_of_birth: seal(born) })
        const { partner_id, player_id } = event.data
        return { key: playerKey(partner_id, player_id), value: profiles.encode(event) }
      })
      await producer.send({ topic: topics.profiles, messages })
    },
    newPlayer: (name: string | null): Partial<Player> => ({
      partner_id: randomUUID(),
      player_id: randomUUID(),
      name,
    }),
    start: (withList = true): { screening: Screening; registry: Registry; stop: () => Promise<void> } => {
      const registry = new Registry()
      const deadLetters = createDeadLetters({
        kafka,
        sink: 'screening',
        targets: { 'player.profile.updated': { topic: letters, codec: letter } },
      })
      const screening = startScreening({
        kafka,
        groupPrefix: `test-${id}.screening`,
        topics,
        codecs: { profiles: { 'player.profile.updated': profiles }, command },
        deadLetters,
        cipher,
        rules: {
          inForce: (partnerId, atMs) => book.inForce(partnerId, atMs),
          knownUpTo: () => Promise.resolve(),
        },
        sources: withList ? [{ name: 'test', form: 'un', kind: 'SANCTION', paths: [path] }] : [],
        reloadMs: RELOAD_MS,
        scoreMin: 90,
        metrics: {
          sink: createSinkMetrics(registry, 'screening'),
          screening: createScreeningMetrics(registry),
        },
        logger,
      })
      running.add(screening)
      const stop = async (): Promise<void> => {
        if (!running.delete(screening)) return
        await screening.stop()
        await deadLetters.close()
      }
      return { screening, registry, stop }
    },
    close: async (): Promise<void> => {
      for (const screening of running) await screening.stop()
      await consumer.disconnect()
      await producer.disconnect()
      await admin.deleteTopics({ topics: all }).catch(() => undefined)
      await admin.disconnect()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
