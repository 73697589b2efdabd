// Generated from the .avsc files by avro/generate.ts; edit those.

/** How grave. */
export type AlertSeverity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL'

/** State of the work on an alert. */
export type AlertStatus = 'NEW' | 'INVESTIGATING' | 'CLOSED' | 'REPORTED'

/** A factor with what a stranger needs to compute it again. */
export interface AlertFactor {
  /** What was found, e.g. STRUCTURING. */
  code: string
  /** What it adds to the score. */
  points: number
  /** The numbers that made it fire, by name; amounts in whole units of the currency. */
  numbers: Record<string, number>
  /** What is not a number: a country, a list, a name of a combination. */
  detail: string | null
  /** Begin of the window that it was found in (exclusive). */
  window_from: number | null
  /** Its end (inclusive). */
  window_to: number | null
  /** The transactions behind it, the newest last; at most 100. */
  transaction_ids: string[]
}

/** What a list is about. */
export type ListKind = 'SANCTION' | 'PEP'

/** A name on a list that is like the player's. */
export interface ScreeningMatch {
  /** The list. */
  list: string
  /** Hash and size of the list that was searched. */
  list_version: string
  /** What the list is about. */
  list_kind: ListKind
  /** The entry's id on the list. */
  entry_id: string
  /** The entry's main name. */
  entry_name: string
  /** The name or alias that was matched. */
  matched_name: string
  /** How alike, 0 to 100. */
  score: number
  /** What the score is made of: name, date_of_birth, country. */
  sub_scores: Record<string, number>
}

/** A match of a name. */
export interface MatchReference {
  /** The list. */
  list: string
  /** The entry's id on the list. */
  entry_id: string
}

/** One step of its history. */
export interface AlertChange {
  /** What was done: RAISED, JOINED, CREATED, ASSIGNED, INVESTIGATED, NOTED, CLOSED, REPORT_PROPOSED, REPORTED, MATCH_CLEARED or, where it was the last that was left, ALL_MATCHES_CLEARED. */
  action: string
  /** The command that did it. */
  command_id: string
  /** Who: the officer, or else the key; null for a processor. */
  actor: string | null
  /** The state before; null for a new alert. */
  from_status: string | null
  /** What was said. */
  note: string | null
  /** The transaction that joined. */
  transaction_id: string | null
  /** The match that was cleared. */
  match: MatchReference | null
  /** When. */
  at: number
}

/** An alert as it stands after the change. */
export interface Alert {
  /** The alert: follows from what raised it, so that a replay raises no second one. */
  alert_id: string
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** The transaction that raised it. */
  transaction_id: string | null
  /** THRESHOLD, PATTERN, STRUCTURING, RAPID_MOVEMENT, WATCHLIST, COUNTRY or MANUAL. */
  alert_type: string
  /** How grave; the highest of all that joined. */
  alert_severity: AlertSeverity
  /** State of the work on it. */
  alert_status: AlertStatus
  /** In words, of the gravest finding. */
  description: string
  /** The highest score of all that joined. */
  risk_score: number
  /** Why: of each code what was found last; of a WATCHLIST alert one for each match. */
  risk_factors: AlertFactor[]
  /** The rules that raised it. */
  rules_version: string | null
  /** Of a WATCHLIST alert: the names on lists, the last 30. */
  matches: ScreeningMatch[]
  /** How often it was found, the first time included. */
  occurrences: number
  /** The transactions that it was found on; the last 100. */
  transaction_ids: string[]
  /** Event time of the first. */
  first_occurred_at: number
  /** Event time of the last. */
  last_occurred_at: number
  /** A repetition within this time of the last one joins; as the last finding had it. */
  join_window_ms: number
  /** True where it holds up the automatic approval of withdrawals while it is open and CRITICAL. */
  blocks_withdrawals: boolean
  /** True where reporting it takes a second officer. */
  four_eyes: boolean
  /** The officer who works on it. */
  assignee_id: string | null
  /** Who closed or reported it. */
  reviewed_by: string | null
  /** When. */
  reviewed_at: number | null
  /** What they said. */
  review_notes: string | null
  /** Why it was closed. */
  resolution_code: string | null
  /** Reference of the report to the authority. */
  report_reference: string | null
  /** Who proposed to report it, where a second officer has to agree. */
  report_proposed_by: string | null
  /** When it was raised. */
  created_at: number
  /** When it was last changed. */
  updated_at: number
  /** Rises by one per change, from 1 on. */
  version: number
  /** The step that led here. */
  change: AlertChange
}

/** An alert came into being (alert.created) or changed (alert.updated). */
export interface AlertChanged {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.assessed. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Alert
}

/** The first two come from processors, the others from people. */
export type AmlAction = 'RAISE_ALERT' | 'RECORD_SCREENING' | 'CREATE_ALERT' | 'ASSIGN_ALERT' | 'INVESTIGATE_ALERT' | 'CLOSE_ALERT' | 'REPORT_ALERT' | 'NOTE_ALERT' | 'CLEAR_MATCH' | 'SNOOZE' | 'END_SNOOZE'

/** Who asked. */
export interface AmlActor {
  /** Id of the key that asked. */
  key_id: string
  /** The partner whose key it was; null for the platform's own. */
  partner_id: string | null
  /** The officer, as the caller named them. */
  name: string | null
  /** Where the request came from. */
  ip_address: string | null
  /** Request id of the HTTP call. */
  request_id: string | null
}

/** What an alert is to be raised for. */
export interface Finding {
  /** THRESHOLD, PATTERN, STRUCTURING, RAPID_MOVEMENT, WATCHLIST, COUNTRY or MANUAL. */
  alert_type: string
  /** How grave. */
  alert_severity: AlertSeverity
  /** Score from 0 to 100. */
  risk_score: number
  /** In words. */
  description: string
  /** Why. */
  factors: AlertFactor[]
  /** The transaction that it was found on. */
  transaction_id: string | null
  /** Event time of what was found. */
  occurred_at: number
  /** The rules that were applied. */
  rules_version: string | null
  /** A repetition within this time of the last one joins the open alert. */
  join_window_ms: number
  /** True where an open CRITICAL alert holds up the automatic approval of withdrawals. */
  blocks_withdrawals: boolean
  /** True where reporting it takes a second officer. */
  four_eyes: boolean
}

/** A list that was searched. */
export interface ScreenedList {
  /** The list. */
  list: string
  /** Its version. */
  version: string
}

/** What the lists say of a player. */
export interface ScreeningResult {
  /** Version of the player's profile that was screened. */
  profile_version: number
  /** What was searched. */
  lists: ScreenedList[]
  /** What was found, the best first; at most 30. */
  matches: ScreeningMatch[]
  /** The rules that were applied. */
  rules_version: string | null
  /** A new match within this time of the last one joins the open alert. */
  join_window_ms: number
  /** True where an open CRITICAL alert holds up the automatic approval of withdrawals. */
  blocks_withdrawals: boolean
  /** True where reporting it takes a second officer. */
  four_eyes: boolean
}

/** A rule that shall be quiet for a player. */
export interface SnoozeRequest {
  /** The type of alert. */
  alert_type: string
  /** Its end; null in an END_SNOOZE. */
  until: number | null
}

/** What was found or asked. */
export interface AmlCommandData {
  /** What is asked. */
  action: AmlAction
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** The alert that a step concerns. */
  alert_id: string | null
  /** Who asked; null for a processor. */
  actor: AmlActor | null
  /** The alert's version that the caller has seen; another one refuses the step. */
  expected_version: number | null
  /** Of a RAISE_ALERT or CREATE_ALERT. */
  finding: Finding | null
  /** Of a RECORD_SCREENING. */
  screening: ScreeningResult | null
  /** Of an ASSIGN_ALERT: the officer; null takes the assignment back. */
  assignee_id: string | null
  /** Of a CLOSE_ALERT: FALSE_POSITIVE, EXPLAINED, DUPLICATE, NO_ACTION or ACCOUNT_CLOSED. */
  resolution_code: string | null
  /** What the officer has to say; a CLOSE_ALERT, a NOTE_ALERT and a SNOOZE need it. */
  note: string | null
  /** Of a REPORT_ALERT: the reference of the report to the authority. */
  report_reference: string | null
  /** Of a CLEAR_MATCH. */
  match: MatchReference | null
  /** Of a SNOOZE or END_SNOOZE. */
  snooze: SnoozeRequest | null
  /** When it was found or asked (epoch milliseconds, UTC). */
  requested_at: number
}

/** Something found or asked that concerns the alerts of a player. event_id is the command's id. */
export interface AmlCommand {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.assessed. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: AmlCommandData
}

/** A match and what was made of it. */
export interface StandingMatch {
  /** The match. */
  match: ScreeningMatch
  /** The alert that it raised or joined. */
  alert_id: string
  /** True where an officer has looked at it: it is another person. */
  cleared: boolean
  /** Who. */
  cleared_by: string | null
  /** When. */
  cleared_at: number | null
}

/** A rule that is quiet for the player. */
export interface Snooze {
  /** The type of alert. */
  alert_type: string
  /** Its end. */
  until: number
  /** Who asked. */
  by: string
  /** Why. */
  note: string
  /** When it was asked. */
  at: number
  /** Findings that raised no alert since; a snooze that follows on one in force goes on counting. */
  suppressed: number
  /** The last of them. */
  last_suppressed_at: number | null
}

/** The newest standing of a player with compliance. */
export interface AmlPlayer {
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** True where a match on a list of politically exposed persons is not cleared. */
  is_pep: boolean
  /** True where a match on a list of sanctions is not cleared. */
  is_sanctioned: boolean
  /** Matches of the newest screening, and the last 40 others that were cleared. */
  matches: StandingMatch[]
  /** When the player was last screened. */
  screened_at: number | null
  /** The version of the profile that was screened. */
  profile_version: number | null
  /** What was searched then, with versions. */
  lists: ScreenedList[]
  /** The newest of each type of alert, in force or ended. */
  snoozes: Snooze[]
  /** True while an open CRITICAL alert holds up the automatic approval of withdrawals. */
  withdrawals_blocked: boolean
  /** The command that changed it last. */
  command_id: string
  /** Commands of processors that changed this and no alert, the last 20: one that comes again is known. */
  recent_command_ids: string[]
  /** When. */
  updated_at: number
  /** Rises by one per change, from 1 on. */
  version: number
}

/** What holds for all alerts of a player. */
export interface AmlPlayerUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.assessed. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: AmlPlayer
}

/** How it ended. */
export type AmlOutcome = 'APPLIED' | 'REFUSED'

/** How it ended. */
export interface AmlReply {
  /** The command. */
  command_id: string
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** How it ended. */
  outcome: AmlOutcome
  /** Why it was refused: a code of the error catalogue. */
  error_code: string | null
  /** The alert. */
  alert_id: string | null
  /** Its version, or the player's, after. */
  version: number | null
}

/** The outcome of a command about alerts. */
export interface AmlReplied {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.assessed. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: AmlReply
}

/** The level of a score. */
export type RiskLevel = 'LOW' | 'MEDIUM' | 'HIGH'

/** Movements of one type and currency within the days up to the last event. */
export interface PeriodStatistics {
  /** 7 or 30. */
  period_days: number
  /** Kind of movement. */
  type: string
  /** ISO 4217 code. */
  currency: string
  /** How many. */
  count: number
  /** Their sum. */
  sum: bigint
}

/** A factor that was ever found. */
export interface ProfileFactor {
  /** What was found. */
  code: string
  /** Event time of the first. */
  first_seen_at: number
  /** Event time of the last. */
  last_seen_at: number
  /** How often. */
  count: number
  /** What it added to the score the last time. */
  last_points: number
  /** The numbers of the last time. */
  last_numbers: Record<string, number>
}

/** What the assessments of a player add up to. */
export interface RiskProfile {
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** 0.7 of the score before and 0.3 of each new one, from 30. */
  overall_risk_score: number
  /** The level of the score. */
  risk_level: RiskLevel
  /** Transactions assessed so far; rises with each change of the profile. */
  assessments: number
  /** How many of them were late. */
  late_assessments: number
  /** By period, type and currency. */
  statistics: PeriodStatistics[]
  /** By code. */
  risk_factors: ProfileFactor[]
  /** Event time of the last deposit. */
  last_deposit_at: number | null
  /** Event time of the last withdrawal. */
  last_withdrawal_at: number | null
  /** Event time of the last bet. */
  last_played_at: number | null
  /** Event time of the newest assessed transaction. */
  last_assessment_at: number
  /** Event time of the first. */
  created_at: number
}

/** The newest risk profile of a player. */
export interface RiskProfileUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.assessed. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: RiskProfile
}

/** LIVE rules decide, SHADOW rules are computed beside them and counted; the others end what was there. */
export type RulesStatus = 'LIVE' | 'SHADOW' | 'LIVE_ENDED' | 'SHADOW_ENDED'

/** One version. What is not said here holds as in the version before it was made, so each is whole. */
export interface AmlRules {
  /** The partner whose rules they are; null for the platform's, which hold for all partners without rules of their own. */
  partner_id: string | null
  /** Rises by one per version of the same owner, from 1 on. */
  version: number
  /** What they are used for. A version never changes. */
  status: RulesStatus
  /** The rules, as JSON; null where something ends. */
  rules: string | null
  /** Why. */
  note: string | null
  /** Transactions that the wallet accepted from then on are assessed by them. */
  effective_at: number
  /** The key that asked. */
  created_by: string
  /** When. */
  created_at: number
  /** The command. */
  command_id: string
}

/** A version of the AML rules, of the platform or of one partner. */
export interface AmlRulesUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.assessed. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: AmlRules
}

export type TransactionType = 'DEPOSIT' | 'WITHDRAWAL' | 'BET' | 'WIN' | 'ROLLBACK' | 'ADJUSTMENT' | 'COMMISSION'

/** Something that was found. */
export interface AssessedFactor {
  /** What was found, e.g. STRUCTURING. */
  code: string
  /** What it adds to the score. */
  points: number
  /** The numbers that made it fire, by name; amounts in whole units of the currency. */
  numbers: Record<string, number>
  /** What is not a number: a country, a list, a name of a combination. */
  detail: string | null
}

/** What rules that don't decide yet would have said. */
export interface ShadowAssessment {
  /** Their owner and version. */
  rules_version: string
  /** Their score. */
  risk_score: number
  /** Types of the alerts that they would have raised. */
  alert_types: string[]
}

/** The assessment of one transaction, and the numbers of the windows that it was made on. */
export interface Assessment {
  /** The transaction. */
  transaction_id: string
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** Kind of movement. */
  type: TransactionType
  /** Amount of the transaction. */
  amount: bigint
  /** ISO 4217 code. */
  currency: string
  /** True for a free-round bet and a win that is a bonus cost: no cash of the player's. */
  bonus: boolean
  /** Event time of the transaction: the end of every window. */
  created_at: number
  /** True where a later event of the player had been assessed before. */
  late: boolean
  /** Score from 0 to 100. */
  risk_score: number
  /** The player's weighted score after this transaction. */
  overall_risk_score: number
  /** Types of the alerts that it raised; empty where it raised none. */
  alert_types: string[]
  /** All that was found, in a fixed order. */
  factors: AssessedFactor[]
  /** The rules that were applied: their owner and version, e.g. platform/3. */
  rules_version: string
  /** Transactions of the same type and currency in the 30 days before. */
  observations: number
  /** Their mean amount; null without any. */
  amount_mean: number | null
  /** Their standard deviation (of the population), not below the rules' minimum. */
  amount_sigma: number | null
  /** Distance of the amount from the mean, in standard deviations. */
  z_score: number | null
  /** The same on log(1 + amount), by median and median absolute deviation; null with too few observations. */
  robust_z_score: number | null
  /** Transactions of the player in the 24 hours up to this one, with it. */
  count_24h: number
  /** count_24h over the daily average of the 6 days before; null without enough history. */
  frequency_ratio_7d: number | null
  /** count_24h over the daily average of the 29 days before; null without enough history. */
  frequency_ratio_30d: number | null
  /** Deposits or withdrawals, as this one, just under the threshold within 24 hours. */
  near_threshold_24h: number
  /** The same within 48 hours. */
  near_threshold_48h: number
  /** Deposits in this currency within 24 hours, with this one. */
  deposited_24h: bigint
  /** Withdrawals likewise. */
  withdrawn_24h: bigint
  /** Cash bets less their rollbacks, likewise. */
  wagered_24h: bigint
  /** Of rules in shadow; null where there are none. */
  shadow: ShadowAssessment | null
}

/** What the AML rules said of a transaction (transaction.assessed), or that a withdrawal was given back and counts no more (transaction.reversed). */
export interface TransactionAssessed {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.assessed. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Assessment
}

/** How it ended. */
export type AuditOutcome = 'APPLIED' | 'REFUSED'

/** Who asked for a change. */
export interface Actor {
  /** Id of the key that asked. */
  key_id: string
  /** The partner whose key it was; null for the platform's own. */
  partner_id: string | null
  /** Where the request came from. */
  ip_address: string | null
  /** Request id of the HTTP call. */
  request_id: string | null
}

export interface AuditEntry {
  /** What was asked, e.g. ROTATE_KEY. */
  action: string
  /** How it ended. */
  outcome: AuditOutcome
  /** Why it was refused: a code of the error catalogue. */
  error_code: string | null
  /** Who asked. */
  actor: Actor
  /** The partner that it concerns; the nil UUID for the AML rules of the platform and for game providers. */
  partner_id: string
  /** What was to be changed: partner, api_key, webhook, aml_rules, game_provider, wallet, withdrawal, player or aml_player (what compliance decides of a player). */
  subject_type: string
  /** Its id; of a player, one that follows from partner and player, of a game provider one that follows from its id; that of AML rules is their owner's. */
  subject_id: string
  /** The subject before, as JSON; personal data sealed, no secrets. */
  before: string | null
  /** The subject after, as JSON; personal data sealed, no secrets. */
  after: string | null
  /** The subject's version after. */
  version: number | null
  /** When it was asked for (epoch milliseconds, UTC). */
  requested_at: number
  /** The player that it concerns, where it concerns one. */
  player_id: string | null
  /** Why it was asked for, in the words of whoever asked. */
  reason: string | null
}

/** An administrative change that was asked for, and what came of it. event_id is the command's id. */
export interface AuditRecorded {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: AuditEntry
}

export interface DeadLetter {
  /** The processor that could not read the record. */
  processor: string
  /** Code of the error catalogue. */
  error_code: string
  /** What is wrong with the record. */
  reason: string
  /** Topic of the record. */
  source_topic: string
  /** Partition of the record. */
  source_partition: number
  /** Offset of the record. */
  source_offset: number
  /** Kafka time stamp of the record. */
  source_timestamp: number
  /** Key as it was. */
  record_key: Buffer | null
  /** Value as it was. */
  record_value: Buffer | null
  /** Headers as they were. */
  record_headers: Record<string, Buffer>
}

/** A record that can never be processed, with its coordinates and its bytes. */
export interface DeadLettered {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: DeadLetter
}

/** What a bet is, from first to last. */
export interface GameBetTerms {
  /** The game provider that has to confirm it. */
  provider_id: string
  /** The game. */
  game_id: string
  /** The game round. */
  round_id: string
  /** The campaign of a free round or promotion. */
  campaign_id: string | null
  /** ISO 4217 code. */
  currency: string
  /** The stake; 0 for a free round. */
  amount: bigint
  /** The partner's own id of the bet. */
  transaction_id_partner: string
  /** When the bet was placed (epoch milliseconds, UTC). */
  placed_at: number
  /** When the wallet gives the stake back if nobody has decided. */
  hold_expires_at: number
  /** Partition of wallet.reply that waits for the outcome. */
  reply_to: number | null
}

/** Those that end in -ING wait for the provider; the others are over. */
export type GameBetState = 'PLACING' | 'CHECKING' | 'CANCELING' | 'REVERSING' | 'RESOLVING' | 'VOIDING' | 'CONFIRMED' | 'REFUSED' | 'CANCELED' | 'RESOLVED' | 'ROLLED_BACK' | 'DISPUTED'

export interface GameBet {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** The bet: the wallet's id of the transaction, and the id that the provider knows it by. */
  bet_id: string
  /** What the bet is. */
  terms: GameBetTerms
  /** Where it stands. */
  state: GameBetState
  /** When the wallet held the stake; of an old round: when it was asked for (epoch milliseconds, UTC). */
  held_at: number
  /** Number of the last call. */
  call: number
  /** True while its answer is awaited. */
  calling: boolean
  /** When the bet is looked at again if nothing comes before; null where it is over. */
  due_at: number | null
  /** Calls in this state that came to nothing. */
  tries: number
  /** What the provider said last. */
  code: string | null
  /** The provider's id of the transaction, where it gave one. */
  reference: string | null
  /** Rises by one with each change. */
  version: number
  /** When it changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The state of a bet at a provider after each of its changes. */
export interface GameBetUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. bet.updated. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: GameBet
}

/** What is asked of a provider: to take a bet, what it knows of it, to undo it. */
export type GameCallKind = 'PLACE' | 'CHECK' | 'CANCEL'

export interface GameCallData {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** The bet: the wallet's id of the transaction, and the id that the provider knows it by. */
  bet_id: string
  /** What the bet is. */
  terms: GameBetTerms
  /** Which call of the bet this is. */
  call: number
  /** What is asked. */
  kind: GameCallKind
  /** When its answer is not awaited any more: it is not to be begun then (epoch milliseconds, UTC). */
  expires_at: number
}

/** A call that is to be made to a game provider. */
export interface GameCall {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. game.call. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: GameCallData
}

/** HELD: the wallet holds the stake. RESULT: a call was answered. EXPIRED: the wallet has given the stake back because its time was over. WAKE: a time has come. RESOLVE: the round of a confirmed bet is open for too long. VOIDED: the provider has given the stake back of its own accord. */
export type GameAction = 'HELD' | 'RESULT' | 'EXPIRED' | 'WAKE' | 'RESOLVE' | 'VOIDED'

/** ACCEPTED: it has the bet. REFUSED: it has not, and will not. ABSENT: it knows nothing of it. CANCELED: undone, and kept out. STANDS: the bet has its result and is not undone. NOT_SENT: nothing was ever sent. UNCERTAIN: not known. */
export type ProviderAnswer = 'ACCEPTED' | 'REFUSED' | 'ABSENT' | 'CANCELED' | 'STANDS' | 'NOT_SENT' | 'UNCERTAIN'

/** All but STANDARD count as bonus cost, not as game revenue. */
export type WinType = 'STANDARD' | 'FREE_ROUND' | 'PROMOTIONAL' | 'BONUS' | 'JACKPOT' | 'TOURNAMENT'

/** Money that a round gave the player. */
export interface GameWin {
  /** The provider's id of this movement. */
  id: string
  /** What the player won. */
  amount: bigint
  /** What kind of win. */
  win_type: WinType
}

/** The answer to a call. */
export interface ProviderResult {
  /** Which call of the bet is answered; they are numbered from 1 on. */
  call: number
  /** What became of it. */
  answer: ProviderAnswer
  /** The provider's own code, or the adapter's where the provider said nothing. */
  code: string
  /** The provider's id of the transaction, where it gave one. */
  reference: string | null
  /** Of a CHECK: the round has its result. */
  round_closed: boolean
  /** Of a CHECK: the wins of the bet's round. */
  wins: GameWin[]
}

export interface GameCommandData {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** The bet: the wallet's id of the transaction, and the id that the provider knows it by. */
  bet_id: string
  /** What happened. */
  action: GameAction
  /** Of HELD and RESOLVE. */
  bet: GameBetTerms | null
  /** Of RESULT. */
  result: ProviderResult | null
  /** When it was sent: the time by which it is decided (epoch milliseconds, UTC). */
  requested_at: number
}

/** What the saga of a bet is told, by the wallet, by the worker that calls providers, and by itself. */
export interface GameCommand {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. game.command. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: GameCommandData
}

/** Whether games of a provider can be played: neither at an inactive one nor during maintenance. */
export type GameProviderStatus = 'active' | 'inactive' | 'maintenance'

/** Who calls whom: rest, the platform calls the provider's API for each step of a round; seamless, the provider calls the wallet. */
export type IntegrationType = 'rest' | 'seamless'

/** How a seamless provider signs, counts and wants to be answered. */
export type SeamlessProfileName = 'standard' | 'aggregator' | 'studio'

/** How the platform's adapter goes about calling a provider. */
export interface GameProviderSettings {
  /** How long a call may take, in milliseconds. */
  timeout_ms: number
  /** The manner of a seamless provider; one that the platform calls has no use for it. */
  profile: SeamlessProfileName
}

/** A credential that the platform has with a game provider. */
export interface ApiCredential {
  /** What it is, e.g. api_key; not secret. */
  name: string
  /** The credential, sealed. */
  sealed: string
  /** When it was set (epoch milliseconds, UTC). */
  created_at: number
}

export interface GameProvider {
  /** The provider's id: lower-case letters, digits and dashes. */
  provider_id: string
  /** The provider's name, unique among all. */
  name: string
  /** Whether its games can be played. */
  status: GameProviderStatus
  /** Base address of its API. */
  api_endpoint: string
  /** Which kind of adapter speaks to it. */
  integration_type: IntegrationType
  /** ISO 4217 codes that it takes bets in. */
  supported_currencies: string[]
  /** How it is called. */
  settings: GameProviderSettings
  /** What the platform and the provider know each other by; each name is there once. */
  api_credentials: ApiCredential[]
  /** Rises by one with each change. */
  version: number
  /** When the provider was created (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of a game provider. */
export interface GameProviderUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. provider.updated. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: GameProvider
}

/** How far results lie from the mean. */
export type GameVolatility = 'low' | 'medium' | 'high'

/** Whether it can be played. */
export type GameStatus = 'active' | 'inactive' | 'maintenance'

export interface Game {
  /** The game's id, as bets name it. */
  game_id: string
  /** The game provider. */
  provider_id: string
  /** The provider's own code of the game; unique within the provider. */
  game_code: string
  /** Its name. */
  name: string
  /** What kind of game, e.g. slots. */
  category: string | null
  /** Return to player, 0 to 1. */
  rtp: bigint | null
  /** How far results lie from the mean. */
  volatility: GameVolatility | null
  /** Free spins, bonus rounds and the like. */
  features: string[]
  /** Whether it can be played. */
  status: GameStatus
  /** Where it is played, with {session_token}, {game_code}, {currency} and {language} to be filled in; null where the provider is asked for each session. */
  launch_url_template: string | null
  /** A picture of it. */
  thumbnail_url: string | null
  /** Rises by one with each change. */
  version: number
  /** When the game was created (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of a game. */
export interface GameUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. game.updated. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Game
}

/** Whether a key opens anything. */
export type ApiKeyStatus = 'active' | 'inactive'

export interface ApiKey {
  /** The key's id; not secret. */
  key_id: string
  /** Beginning of the key, unique, by which it is found: sk_live_ or sk_test_ and eight characters. */
  key_prefix: string
  /** HMAC-SHA-256 of the whole key under the platform's pepper, in base64. */
  key_hash: string
  /** What its owner calls it. */
  name: string | null
  /** What the key allows, e.g. wallet:write. */
  scopes: string[]
  /** From when on it no longer opens anything (epoch milliseconds, UTC). */
  expires_at: number | null
  /** The partner whose key it is. */
  partner_id: string
  /** Whether the key opens anything. */
  status: ApiKeyStatus
  /** The key that takes its place after a rotation. */
  replaced_by: string | null
  /** Rises by one with each change. */
  version: number
  /** When the key was issued (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of an API key. */
export interface ApiKeyUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: ApiKey
}

export interface ApiKeyUse {
  /** The key. */
  key_id: string
  /** The partner whose key it is. */
  partner_id: string
  /** Its last use that this message knows of (epoch milliseconds, UTC). */
  last_used_at: number
}

/** When an API key was last used, told now and then. */
export interface ApiKeyUsed {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: ApiKeyUse
}

/** What is asked. */
export type PartnerAction = 'CREATE_PARTNER' | 'UPDATE_PARTNER' | 'ISSUE_KEY' | 'ROTATE_KEY' | 'DEACTIVATE_KEY' | 'CREATE_WEBHOOK' | 'UPDATE_WEBHOOK' | 'ROTATE_WEBHOOK_SECRET' | 'DELETE_WEBHOOK' | 'RESEND_DELIVERY' | 'REPLAY_DELIVERIES' | 'RESEAL_WEBHOOK_SECRETS' | 'PUBLISH_AML_RULES' | 'PUT_PROVIDER' | 'RESEAL_PROVIDER_CREDENTIALS' | 'PUT_GAME'

/** What a partner is to the platform. */
export type PartnerType = 'operator' | 'aggregator' | 'affiliate'

/** Whether a partner may call: a suspended or inactive one may not. */
export type PartnerStatus = 'active' | 'inactive' | 'suspended'

/** A commission rate and from when on it is in force. */
export interface CommissionRate {
  /** Share of the gross gaming revenue, 0 to 1 (NUMERIC(5,4)). */
  rate: bigint
  /** From when on the rate is in force (epoch milliseconds, UTC); until the next one. */
  effective_from: number
}

/** The limit under which a withdrawal needs no approval. */
export interface AutoApproval {
  /** ISO 4217 code. */
  currency: string
  /** Withdrawals up to this amount are approved at once. */
  amount: bigint
}

/** How often a partner may call. */
export interface RateLimit {
  /** Class of routes: wallet, read, admin. */
  endpoint_class: string
  /** Requests in any 60 seconds. */
  per_minute: number
}

/** What a partner has chosen, or was given. */
export interface PartnerSettings {
  /** Networks (CIDR, IPv4 and IPv6) that the partner may call from; none: from anywhere. */
  allowed_ips: string[]
  /** Limits of withdrawals that are approved at once, by currency. */
  auto_approvals: AutoApproval[]
  /** Rate limits that take the place of the platform's own. */
  rate_limits: RateLimit[]
  /** Where results that come later are sent. */
  webhook_url: string | null
}

/** All of a partner that a command can say. */
export interface PartnerProfile {
  /** The partner's name. */
  name: string
  /** What the partner is to the platform. */
  type: PartnerType
  /** Whether the partner may call. */
  status: PartnerStatus
  /** Rates in the order in which they come into force. */
  commission_rates: CommissionRate[]
  /** Sealed address of the contact. */
  contact_email: string | null
  /** Keyed hash of the address in lower case, by which it is unique. */
  contact_email_hash: string | null
  /** Sealed business registration number. */
  registration_number: string | null
  /** Sealed postal address. */
  address: string | null
  /** What the partner has chosen, or was given. */
  settings: PartnerSettings
}

/** A key to be issued; the key itself is never here. */
export interface NewApiKey {
  /** The key's id; not secret. */
  key_id: string
  /** Beginning of the key, unique, by which it is found: sk_live_ or sk_test_ and eight characters. */
  key_prefix: string
  /** HMAC-SHA-256 of the whole key under the platform's pepper, in base64. */
  key_hash: string
  /** What its owner calls it. */
  name: string | null
  /** What the key allows, e.g. wallet:write. */
  scopes: string[]
  /** From when on it no longer opens anything (epoch milliseconds, UTC). */
  expires_at: number | null
}

/** Whether a webhook endpoint is sent anything. */
export type WebhookStatus = 'active' | 'disabled' | 'deleted'

/** All of a webhook endpoint that a command can say. */
export interface WebhookSettings {
  /** Where events are sent. */
  url: string
  /** Types of events that are sent, e.g. transaction.created; none: all. */
  event_types: string[]
  /** What its owner calls it. */
  description: string | null
  /** Whether it is sent anything. */
  status: WebhookStatus
  /** Why it is disabled. */
  disabled_reason: string | null
}

/** A version of the AML rules to be published. */
export interface NewAmlRules {
  /** What they are used for, or what ends. */
  status: RulesStatus
  /** The rules, as JSON; null where something ends. */
  rules: string | null
  /** Why. */
  note: string | null
}

/** All of a game provider that a command can say, but its credentials. */
export interface NewGameProvider {
  /** The provider's name, unique among all. */
  name: string
  /** Whether its games can be played. */
  status: GameProviderStatus
  /** Base address of its API. */
  api_endpoint: string
  /** Which kind of adapter speaks to it. */
  integration_type: IntegrationType
  /** ISO 4217 codes that it takes bets in. */
  supported_currencies: string[]
  /** How it is called. */
  settings: GameProviderSettings
}

/** A credential that the platform has with a game provider. */
export interface SealedCredential {
  /** What it is, e.g. api_key; not secret. */
  name: string
  /** The credential, sealed. */
  sealed: string
}

/** All of a game that a command can say. */
export interface NewGame {
  /** The game provider. */
  provider_id: string
  /** The provider's own code of the game; unique within the provider. */
  game_code: string
  /** Its name. */
  name: string
  /** What kind of game, e.g. slots. */
  category: string | null
  /** Return to player, 0 to 1. */
  rtp: bigint | null
  /** How far results lie from the mean. */
  volatility: GameVolatility | null
  /** Free spins, bonus rounds and the like. */
  features: string[]
  /** Whether it can be played. */
  status: GameStatus
  /** Where it is played, with {session_token}, {game_code}, {currency} and {language} to be filled in; null where the provider is asked for each session. */
  launch_url_template: string | null
  /** A picture of it. */
  thumbnail_url: string | null
}

export interface PartnerCommandData {
  /** What is asked. */
  action: PartnerAction
  /** The partner that it concerns; the nil UUID for the AML rules of the platform and for game providers. */
  partner_id: string
  /** Who asks. */
  actor: Actor
  /** UPDATE_PARTNER and UPDATE_WEBHOOK: the version that the change was made on. PUBLISH_AML_RULES and PUT_PROVIDER: the newest version, 0 where there is none. */
  expected_version: number | null
  /** CREATE_PARTNER and UPDATE_PARTNER: the whole profile as it shall be. */
  profile: PartnerProfile | null
  /** ISSUE_KEY and ROTATE_KEY: the new key. */
  key: NewApiKey | null
  /** ROTATE_KEY and DEACTIVATE_KEY: the key that it concerns. */
  key_id: string | null
  /** ROTATE_KEY: until when the old key still works (epoch milliseconds, UTC). */
  old_key_expires_at: number | null
  /** The webhook endpoint that it concerns. */
  webhook_id: string | null
  /** CREATE_WEBHOOK and UPDATE_WEBHOOK: the endpoint as it shall be. */
  webhook: WebhookSettings | null
  /** CREATE_WEBHOOK and ROTATE_WEBHOOK_SECRET: the new secret, sealed. */
  webhook_secret: string | null
  /** ROTATE_WEBHOOK_SECRET: until when the old secret still signs (epoch milliseconds, UTC). */
  old_secret_expires_at: number | null
  /** RESEND_DELIVERY: the delivery that is sent again. */
  delivery_id: string | null
  /** REPLAY_DELIVERIES: from which event on they are sent again (epoch milliseconds, UTC). */
  replay_from: number | null
  /** RESEAL_WEBHOOK_SECRETS: the secrets of the endpoint in their order, sealed anew. */
  webhook_secrets: string[]
  /** PUBLISH_AML_RULES: the version as it shall be. */
  aml_rules: NewAmlRules | null
  /** The game provider that it concerns. */
  provider_id: string | null
  /** PUT_PROVIDER: the provider as it shall be. */
  game_provider: NewGameProvider | null
  /** PUT_PROVIDER: all credentials as they shall be. RESEAL_PROVIDER_CREDENTIALS: those that there are, in their order, sealed anew. */
  provider_credentials: SealedCredential[]
  /** PUT_GAME: the game. */
  game_id: string | null
  /** PUT_GAME: the game as it shall be. */
  game: NewGame | null
}

/** A request to change a partner, one of its API keys or webhook endpoints, or AML rules. event_id is the command's id. */
export interface PartnerCommand {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: PartnerCommandData
}

export interface Partner {
  /** The partner. */
  partner_id: string
  /** The partner's name. */
  name: string
  /** What the partner is to the platform. */
  type: PartnerType
  /** Whether the partner may call. */
  status: PartnerStatus
  /** Rates in the order in which they come into force. */
  commission_rates: CommissionRate[]
  /** Sealed address of the contact. */
  contact_email: string | null
  /** Keyed hash of the address in lower case, by which it is unique. */
  contact_email_hash: string | null
  /** Sealed business registration number. */
  registration_number: string | null
  /** Sealed postal address. */
  address: string | null
  /** What the partner has chosen, or was given. */
  settings: PartnerSettings
  /** Rises by one with each change. */
  version: number
  /** When the partner was created (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of a partner. */
export interface PartnerUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Partner
}

/** A secret that deliveries are signed with. */
export interface WebhookSecret {
  /** The secret, sealed. */
  sealed: string
  /** When it was made (epoch milliseconds, UTC). */
  created_at: number
  /** From when on it signs no more (epoch milliseconds, UTC). */
  expires_at: number | null
}

export interface Webhook {
  /** The endpoint's id. */
  webhook_id: string
  /** The partner whose endpoint it is. */
  partner_id: string
  /** Where events are sent. */
  url: string
  /** Types of events that are sent, e.g. transaction.created; none: all. */
  event_types: string[]
  /** What its owner calls it. */
  description: string | null
  /** Whether it is sent anything. */
  status: WebhookStatus
  /** Why it is disabled. */
  disabled_reason: string | null
  /** What deliveries are signed with, the newest first; none where it is deleted. */
  secrets: WebhookSecret[]
  /** Rises by one with each change. */
  version: number
  /** When the endpoint was created (epoch milliseconds, UTC). */
  created_at: number
  /** When it was last changed (epoch milliseconds, UTC). */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of a webhook endpoint. */
export interface WebhookUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Webhook
}

/** A span of time in which the player asked not to be let play. */
export interface SelfExclusion {
  /** From when on bets and deposits are refused. */
  from: number
  /** When they land again; null where that is never. */
  until: number | null
}

/** What a player's limit is on: what he pays in, stakes, or loses. */
export type LimitKind = 'DEPOSIT' | 'BET' | 'LOSS'

/** The time over which a player's limit counts. */
export type LimitPeriod = 'DAY' | 'WEEK' | 'MONTH'

/** A limit that the player has set for himself. */
export interface PlayerLimit {
  /** What is limited. */
  kind: LimitKind
  /** The time over which it counts. */
  period: LimitPeriod
  /** ISO 4217 code of the amount. */
  currency: string
  /** The most that it may come to. */
  amount: bigint
}

export interface Player {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** ISO 3166-1 alpha-2 code of where the player lives. */
  country: string | null
  /** The player's name, sealed. */
  name: string | null
  /** Date of birth (YYYY-MM-DD), sealed. */
  date_of_birth: string | null
  /** The player's self-exclusion, be it ahead, in force or over; null where there is none. */
  self_exclusion: SelfExclusion | null
  /** The player's limits, one per kind, period and currency. The wallet keeps them and does not enforce them. */
  limits: PlayerLimit[]
  /** Rises by one per change, from 1 on. */
  version: number
  /** When it was last changed, by the command's time. */
  updated_at: number
  /** The command that changed it last. */
  command_id: string
}

/** The newest profile of a player. */
export interface PlayerUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Player
}

/** What is asked. */
export type SettlementAction = 'PUT_TERMS' | 'REQUEST' | 'COMPLETE' | 'CONFIRM' | 'PAY' | 'CANCEL'

/** Who asked. */
export interface SettlementActor {
  /** Id of the key that asked. */
  key_id: string
  /** Where the request came from. */
  ip_address: string | null
  /** Request id of the HTTP call. */
  request_id: string | null
}

/** How often a partner is settled by itself. */
export type SettlementSchedule = 'NONE' | 'DAILY' | 'WEEKLY' | 'MONTHLY'

/** What a tax or fee is a share of. */
export type SettlementFeeBasis = 'GGR' | 'NGR' | 'COMMISSION'

/** A tax or fee that is kept back, where its basis is positive. */
export interface SettlementFee {
  /** Names it in lines: capital letters, digits and underscores. */
  code: string
  /** How it is called on a statement. */
  label: string
  /** What it is a share of. */
  basis: SettlementFeeBasis
  /** The share, 0 to 1. */
  rate: bigint
}

/** Terms as they shall be. */
export interface NewSettlementTerms {
  /** IANA time zone of the partner's calendar. */
  time_zone: string
  /** How often runs are made by themselves. */
  schedule: SettlementSchedule
  /** First date (YYYY-MM-DD) of the first run that is made by itself; null where it is the last period that is over then. */
  schedule_from: string | null
  /** ISO 4217 codes of the currencies that are settled by themselves. */
  currencies: string[]
  /** Taxes and fees, in the order of their lines. */
  fees: SettlementFee[]
}

/** What is to be settled. */
export interface SettlementPeriod {
  /** ISO 4217 code. */
  currency: string
  /** First date, YYYY-MM-DD in the partner's time zone. */
  from: string
  /** First date that is not in it. */
  to: string
}

/** How far a partition of wallet.transaction.created is covered. */
export interface SettlementSeal {
  /** The partition. */
  partition: number
  /** Offset of the first record that is not covered. */
  next_offset: number
}

/** What moved on one day. */
export interface SettlementDay {
  /** Date in the partner's time zone, YYYY-MM-DD. */
  date: string
  /** True for a day of a period that was settled before. */
  late: boolean
  /** Commission rate in force when the day began. */
  rate: bigint
  /** Movements of money that are counted. */
  movements: number
  /** Bets. */
  bets: bigint
  /** Standard wins. */
  wins: bigint
  /** Rolled back bets. */
  rollbacks: bigint
  /** Wins of free rounds, promotions and the like. */
  bonus_cost: bigint
  /** Corrections of players' wallets; positive where players were debited. */
  adjustments: bigint
  /** Deposits. */
  deposits: bigint
  /** Withdrawals that were paid out. */
  withdrawals: bigint
}

/** What was counted, for COMPLETE. */
export interface SettlementDraft {
  /** How far each partition was counted, by partition. */
  seals: SettlementSeal[]
  /** Days on which something moved, in their order. */
  days: SettlementDay[]
  /** Movements of periods that were settled before. */
  late_entries: number
  /** SHA-256 over the late movements, in hex. */
  late_digest: string
}

/** What is asked. */
export interface SettlementCommandData {
  /** The partner. */
  partner_id: string
  /** What is asked. */
  action: SettlementAction
  /** Who asks; null where the platform does by itself. */
  actor: SettlementActor | null
  /** The run; null for PUT_TERMS and REQUEST. */
  settlement_id: string | null
  /** The version that the step was decided on; of PUT_TERMS 0 where there are none; null where any will do. */
  expected_version: number | null
  /** Of PUT_TERMS. */
  terms: NewSettlementTerms | null
  /** Of REQUEST. */
  period: SettlementPeriod | null
  /** Of COMPLETE. */
  draft: SettlementDraft | null
  /** Of PAY: the payment, as the bank or the payer calls it. */
  payment_reference: string | null
  /** When it was asked (epoch milliseconds, UTC). */
  requested_at: number
}

/** A request to change the settlement of a partner. event_id is the command's id, and becomes the id of a run that it asks for. */
export interface SettlementCommand {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. settlement.updated. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: SettlementCommandData
}

/** How it ended. */
export type SettlementOutcome = 'APPLIED' | 'REFUSED'

/** How it ended. */
export interface SettlementReply {
  /** The command. */
  command_id: string
  /** The partner. */
  partner_id: string
  /** What was asked. */
  action: SettlementAction
  /** How it ended. */
  outcome: SettlementOutcome
  /** Why it was refused: a code of the error catalogue. */
  error_code: string | null
  /** The run; null where it was about terms. */
  settlement_id: string | null
  /** The version of the run, or of the terms, after. */
  version: number | null
  /** Who asked; null where the platform did by itself. */
  actor: SettlementActor | null
}

/** How a settlement command ended. Kept for ever: what was asked by whom, and the memory of what was decided. */
export interface SettlementReplied {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. settlement.updated. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: SettlementReply
}

/** How a partner is settled. */
export interface SettlementTerms {
  /** The partner. */
  partner_id: string
  /** IANA time zone of the partner's calendar. */
  time_zone: string
  /** How often runs are made by themselves. */
  schedule: SettlementSchedule
  /** First date (YYYY-MM-DD) of the first run that is made by itself; null where it is the last period that is over then. */
  schedule_from: string | null
  /** ISO 4217 codes of the currencies that are settled by themselves. */
  currencies: string[]
  /** Taxes and fees, in the order of their lines. */
  fees: SettlementFee[]
  /** Rises by one with each change. */
  version: number
  /** When there first were terms. */
  created_at: number
  /** When they last changed. */
  updated_at: number
  /** Id of the key that changed them. */
  updated_by: string | null
  /** The command that made this state. */
  command_id: string
}

/** The newest settlement terms of a partner. */
export interface SettlementTermsUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. settlement.updated. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: SettlementTerms
}

/** CALCULATING until it is counted, then DRAFT until it is CONFIRMED and PAID; a run that is not confirmed can be CANCELED. */
export type SettlementStatus = 'CALCULATING' | 'DRAFT' | 'CONFIRMED' | 'PAID' | 'CANCELED'

/** How far a partition of wallet.transaction.created is covered. */
export interface PreviousSettlementSeal {
  /** The partition. */
  partition: number
  /** Offset of the first record that is not covered. */
  next_offset: number
}

/** A day with what follows from it. */
export interface SettledDay {
  /** Date in the partner's time zone, YYYY-MM-DD. */
  date: string
  /** True for a day of a period that was settled before. */
  late: boolean
  /** Commission rate in force when the day began. */
  rate: bigint
  /** Movements of money that are counted. */
  movements: number
  /** Bets. */
  bets: bigint
  /** Standard wins. */
  wins: bigint
  /** Rolled back bets. */
  rollbacks: bigint
  /** Wins of free rounds, promotions and the like. */
  bonus_cost: bigint
  /** Corrections of players' wallets; positive where players were debited. */
  adjustments: bigint
  /** Deposits. */
  deposits: bigint
  /** Withdrawals that were paid out. */
  withdrawals: bigint
  /** Gross gaming revenue: bets less standard wins and rollbacks. */
  ggr: bigint
  /** Net gaming revenue: less bonus cost. */
  ngr: bigint
  /** Commission on it. */
  commission: bigint
  /** Share of the adjustments. */
  adjustment_share: bigint
}

/** VOLUME and FIGURE lines inform, PAYABLE ones add up to the RESULT. */
export type SettlementLineKind = 'VOLUME' | 'FIGURE' | 'PAYABLE' | 'RESULT'

/** A line of the statement. */
export interface SettlementLine {
  /** What it is. */
  code: string
  /** How it is called. */
  label: string
  /** What part it has. */
  kind: SettlementLineKind
  /** What a fee is a share of. */
  basis: bigint | null
  /** The share. */
  rate: bigint | null
  /** The amount, signed. */
  amount: bigint
}

/** A run: a partner, a currency, a period. */
export interface Settlement {
  /** The run. */
  settlement_id: string
  /** The partner. */
  partner_id: string
  /** ISO 4217 code. */
  currency: string
  /** How far it has come. */
  status: SettlementStatus
  /** First date, YYYY-MM-DD in the time zone. */
  period_from: string
  /** First date that is not in it. */
  period_to: string
  /** IANA time zone of the dates. */
  time_zone: string
  /** First moment of the period. */
  from_at: number
  /** First moment after it. */
  to_at: number
  /** First moment of the first run of the partner and currency: nothing before is settled. */
  chain_from_at: number
  /** The confirmed run before; null for the first. */
  previous_id: string | null
  /** How far that one has covered the log. */
  previous_seals: PreviousSettlementSeal[]
  /** How far this one covers the log; empty until it is counted. */
  seals: SettlementSeal[]
  /** Taxes and fees that were agreed when it was asked for. */
  fees: SettlementFee[]
  /** Negative result of the run before. */
  carried_in: bigint
  /** Days on which something moved, in their order. */
  days: SettledDay[]
  /** The statement. */
  lines: SettlementLine[]
  /** Movements of periods that were settled before. */
  late_entries: number
  /** SHA-256 over the late movements, in hex. */
  late_digest: string | null
  /** What the partner is paid. */
  net_payable: bigint
  /** Negative result that the next run begins with. */
  carried_forward: bigint
  /** SHA-256 over the canonical form, in hex; null until it is counted. */
  hash: string | null
  /** The COMMISSION transaction on the partner's account; null where nothing is paid. */
  commission_id: string | null
  /** Id of the key that asked for it; null where the schedule did. */
  requested_by: string | null
  /** Id of the key that confirmed it. */
  confirmed_by: string | null
  /** When it was confirmed. */
  confirmed_at: number | null
  /** Id of the key that said that it is paid. */
  paid_by: string | null
  /** When that was said. */
  paid_at: number | null
  /** The payment. */
  payment_reference: string | null
  /** Id of the key that canceled it. */
  canceled_by: string | null
  /** When it was canceled. */
  canceled_at: number | null
  /** Rises by one with each change. */
  version: number
  /** When it was asked for. */
  created_at: number
  /** When it last changed. */
  updated_at: number
  /** The command that made this state. */
  command_id: string
}

/** The newest state of a settlement run. */
export interface SettlementUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. settlement.updated. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Settlement
}

export interface TaskPosition {
  /** The processor. */
  processor: string
  /** The topic that it reads. */
  input_topic: string
  /** The partition that it reads. */
  input_partition: number
  /** Offset of the first input record that is not yet processed. */
  next_offset: number
  /** Offset of the first input record of which something is still to be sent, such as a snapshot; null where nothing is. */
  owed_from: number | null
}

/** How far a task has come in its input, written in each of its transactions. */
export interface TaskPositioned {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: TaskPosition
}

export type WalletStatus = 'active' | 'frozen'

export interface WalletBalance {
  /** The wallet. */
  wallet_id: string
  /** ISO 4217 code. */
  currency: string
  /** Spendable balance. */
  balance: bigint
  /** Funds held for open withdrawals. */
  held: bigint
  /** Standing of the wallet. */
  status: WalletStatus
  /** True while withdrawals wait for compliance. */
  aml_hold: boolean
  /** Rises by one per change. */
  version: number
  /** When the wallet was opened. */
  created_at: number
  /** When it last changed. */
  updated_at: number
}

export interface PlayerBalance {
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** All wallets of the player, one per currency. */
  wallets: WalletBalance[]
}

/** The state of all wallets of a player; the newest record of a key is the truth. */
export interface BalanceUpdated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: PlayerBalance
}

/** The first seven move money; the others step a withdrawal or a held bet, change a wallet's standing or a player's profile. */
export type CommandType = 'DEPOSIT' | 'WITHDRAWAL' | 'BET' | 'WIN' | 'ROLLBACK' | 'ADJUSTMENT' | 'COMMISSION' | 'WITHDRAWAL_APPROVE' | 'WITHDRAWAL_DECLINE' | 'WITHDRAWAL_COMPLETE' | 'WITHDRAWAL_FAIL' | 'WITHDRAWAL_EXPIRE' | 'WALLET_FREEZE' | 'WALLET_UNFREEZE' | 'AML_HOLD' | 'AML_RELEASE' | 'PLAYER_UPDATE' | 'BET_CONFIRM' | 'BET_REFUSE' | 'BET_CANCEL' | 'BET_EXPIRE'

/** CREDIT raises the player's balance, DEBIT lowers it. */
export type Direction = 'CREDIT' | 'DEBIT'

/** What a partner says of a player, as a whole: what is not there is taken away. */
export interface PlayerSettings {
  /** ISO 3166-1 alpha-2 code of where the player lives. */
  country: string | null
  /** The player's name, sealed. */
  name: string | null
  /** Date of birth (YYYY-MM-DD), sealed. */
  date_of_birth: string | null
  /** The player's self-exclusion, be it ahead, in force or over; null where there is none. */
  self_exclusion: SelfExclusion | null
  /** The player's limits, one per kind, period and currency. The wallet keeps them and does not enforce them. */
  limits: PlayerLimit[]
}

export interface WalletCommandData {
  /** The partner. */
  partner_id: string
  /** The player, unique within the partner. */
  player_id: string
  /** What is asked. */
  type: CommandType
  /** ISO 4217 code of the wallet; XXX (no currency) for a PLAYER_UPDATE. */
  currency: string
  /** Amount of money, positive (0 only for a WIN that closes a round or a free-round BET). */
  amount: bigint | null
  /** Of an ADJUSTMENT or COMMISSION. */
  direction: Direction | null
  /** The game. */
  game_id: string | null
  /** The game round. */
  round_id: string | null
  /** The campaign of a free round or promotion. */
  campaign_id: string | null
  /** The partner's own id of the movement; unique per partner and player, remembered 120 days. */
  transaction_id_partner: string | null
  /** The partner's id of the bet that a win or rollback concerns. */
  reference_transaction_id_partner: string | null
  /** The withdrawal or the held bet that a step concerns. */
  transaction_id: string | null
  /** Of a WIN. */
  win_type: WinType | null
  /** True where a WIN closes its round. */
  round_closed: boolean
  /** True where the partner's limit lets a WITHDRAWAL be approved at once. */
  auto_approve: boolean
  /** When the hold of a WITHDRAWAL, or of a BET that a provider has to confirm, ends if nobody confirms it. */
  hold_expires_at: number | null
  /** Why a step or a change of standing was asked. */
  reason: string | null
  /** Event time: when it happened at the partner (epoch milliseconds, UTC). */
  created_at: number
  /** Address of the player's request. */
  ip_address: string | null
  /** User agent of the player's request. */
  user_agent: string | null
  /** ISO 3166-1 alpha-2 country of the player's request. */
  country: string | null
  /** Free JSON object of the partner, as text. */
  metadata: string | null
  /** Partition of wallet.reply that waits for the outcome. */
  reply_to: number | null
  /** Of a PLAYER_UPDATE. */
  player: PlayerSettings | null
  /** Who asked, where an administrative change is asked for: it goes to the audit trail. */
  actor: Actor | null
  /** PLAYER_UPDATE: the version of the profile that it was made on, 0 where there was none; null: whatever it is. */
  expected_version: number | null
  /** BET: the game provider that has to confirm it; the stake is held until then. */
  provider_id: string | null
}

/** A request to change a wallet. event_id is the command's id and becomes the transaction's id. */
export interface WalletCommand {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: WalletCommandData
}

/** REPLAYED: the id was known, the original result is repeated and nothing moved. REJECTED: refused, see error_code. */
export type CommandOutcome = 'APPLIED' | 'REPLAYED' | 'REJECTED'

export type TransactionStatus = 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'CANCELED'

export interface WalletReplyData {
  /** The command that is answered. */
  command_id: string
  /** How it ended. */
  outcome: CommandOutcome
  /** Code of the error catalogue: of a rejection, or of the original result that is repeated. */
  error_code: string | null
  /** The transaction: the command's own, or the original one. */
  transaction_id: string
  /** The player. */
  player_id: string
  /** ISO 4217 code. */
  currency: string
  /** Status of the transaction; null for a change of standing. */
  status: TransactionStatus | null
  /** Spendable balance right after the (original) transaction; null where there is no wallet. */
  new_balance: bigint | null
  /** Spendable balance now. */
  balance: bigint | null
  /** Held funds now. */
  held: bigint | null
  /** The wallet's version now; 0 where there is no wallet. Of a PLAYER_UPDATE: the profile's. */
  version: number
  /** When the (original) transaction was processed. */
  processed_at: number
  /** Of a PLAYER_UPDATE: when the self-exclusion in the profile begins, which may be earlier than was asked. */
  self_excluded_from: number | null
  /** Of a ROLLBACK: its bet has not come, so that nothing moved and the bet will be refused. */
  bet_unknown: boolean
}

/** The outcome of a command, sent in the same Kafka transaction as its effects. */
export interface WalletReply {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: WalletReplyData
}

export type LedgerAccount = 'PLAYER' | 'PLAYER_HELD' | 'HOUSE' | 'BONUS' | 'CASH' | 'COMMISSION' | 'ADJUSTMENT'

/** One side of a movement. The entries of a transaction event sum to zero. */
export interface LedgerEntry {
  /** PLAYER and PLAYER_HELD are the wallet's balance and held funds; the others are the platform's. */
  account: LedgerAccount
  /** Signed: positive raises the account. */
  amount: bigint
}

export interface Transaction {
  /** The platform's id of the transaction. */
  transaction_id: string
  /** The command that caused this event. */
  command_id: string
  /** The wallet (UUIDv5 of partner, player and currency). */
  wallet_id: string
  /** The partner. */
  partner_id: string
  /** The player. */
  player_id: string
  /** Kind of movement. */
  type: TransactionType
  /** State after this event. */
  status: TransactionStatus
  /** Amount, never negative; direction follows from type, or from direction. */
  amount: bigint
  /** ISO 4217 code. */
  currency: string
  /** Of an ADJUSTMENT or COMMISSION. */
  direction: Direction | null
  /** Spendable balance before; null where there is no wallet. */
  balance_before: bigint | null
  /** Spendable balance after; null where there is no wallet. */
  balance_after: bigint | null
  /** Held funds after; null where there is no wallet. */
  held_after: bigint | null
  /** The wallet's version after this event; 0 where there is no wallet. */
  version: number
  /** The game. */
  game_id: string | null
  /** The game round. */
  round_id: string | null
  /** The campaign of a free round or promotion. */
  campaign_id: string | null
  /** The partner's own id of the movement; unique per partner and player, remembered 120 days. */
  transaction_id_partner: string | null
  /** The partner's id of the bet that a win or rollback concerns. */
  reference_transaction_id_partner: string | null
  /** The platform's id of the bet that a win or rollback concerns. */
  reference_transaction_id: string | null
  /** Of a WIN. */
  win_type: WinType | null
  /** True where the round is closed by this event. */
  round_closed: boolean
  /** End of a withdrawal's hold. */
  hold_expires_at: number | null
  /** Why a FAILED or CANCELED transaction ended so; a code of the error catalogue or the reason of the step. */
  error_code: string | null
  /** True for a rejection that is not remembered: the same id may succeed later. */
  retryable: boolean
  /** Why the step was asked, where given. */
  reason: string | null
  /** Ledger entries of this event; empty where no money moved. */
  entries: LedgerEntry[]
  /** Event time of the transaction: when it happened at the partner. */
  created_at: number
  /** When the platform accepted the command that caused this event. */
  processed_at: number
  /** Address of the player's request. */
  ip_address: string | null
  /** User agent of the player's request. */
  user_agent: string | null
  /** ISO 3166-1 alpha-2 country of the player's request. */
  country: string | null
  /** ISO 3166-1 alpha-2 country in which the player is registered, by the profile at that moment. */
  player_country: string | null
  /** Free JSON object of the partner, as text. */
  metadata: string | null
}

/** A transaction came into being (transaction.created) or changed its status (transaction.updated). */
export interface TransactionCreated {
  /** Identifies this message; the same in every copy of it. */
  event_id: string
  /** What happened, e.g. transaction.created. */
  event_type: string
  /** When the message came into being (epoch milliseconds, UTC). */
  timestamp: number
  /** The content. */
  data: Transaction
}
