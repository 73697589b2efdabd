/** What the drills share: a stack that is filled, comes to rest, and is asked about what it has answered before. */
import { SAMPLE_DEFAULTS, writeSampleFile } from '../../cli/generate.ts'
import { note } from '../../cli/output.ts'
import { REPLAY_DEFAULTS, replayFile } from '../../cli/replay.ts'
import type { Receiver } from '../../sinks/webhooks/testing/receiver.ts'
import { untilQuiet } from './followers.ts'
import { ask, eventually } from './operator.ts'
import type { Picture } from './picture.ts'
import type { Site } from './site.ts'
import { workADay } from './work.ts'
import type { KnownBet, Work } from './work.ts'

/** Fills the stack: the sample of the demo, and what people do. */
export async function fill(site: Site, receiver: Receiver, folder: string, events: number): Promise<Work> {
  const file = `${folder}/sample.csv`
  await writeSampleFile({ ...SAMPLE_DEFAULTS, events }, file)
  note(`replaying ${events} events`)
  await replayFile(file, { ...REPLAY_DEFAULTS, progress: false })
  note('a day of work: partners, withdrawals, alerts, rounds at a provider, a settlement')
  const url = site.value('STAKESTREAM_URL')
  return workADay({
    operator: { url, apiKey: site.value('STAKESTREAM_ADMIN_KEY') },
    partner: { url, apiKey: site.value('STAKESTREAM_PARTNER_KEY') },
    partnerId: site.value('STAKESTREAM_PARTNER_ID'),
    sandboxUrl: site.value('SANDBOX_URL'),
    receiverUrl: receiver.url,
    period: { from: '2026-03-01', to: '2026-04-01' },
  })
}

/** Waits until the log has ended and all have written it, and takes the picture. */
export async function pictureAtRest(site: Site, options = { withOffsets: true }): Promise<Picture[]> {
  note('waiting until nothing happens any more')
  await site.following((stores) => untilQuiet(stores, note))
  await site.stopWriters()
  await site.following((stores) => untilQuiet(stores, note))
  note('taking the picture of all stores')
  return site.picture(options)
}

/** The bet is known, so asking again moves nothing, and the answer shows that wallet and memory of answers are back. */
export async function askAgain(site: Site, { path, body, transactionId }: KnownBet): Promise<void> {
  const api = { url: site.value('STAKESTREAM_URL'), apiKey: site.value('STAKESTREAM_PARTNER_KEY') }
  await eventually('the answer to a bet that was answered before', async () => {
    const { status, replayed, body: answer } = await ask(api, 'POST', path, body)
    const isSame = JSON.stringify(answer).includes(transactionId)
    return status === 200 && replayed && isSame ? true : undefined
  })
}
