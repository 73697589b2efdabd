/**
 * Every bound of the API, by name, and how the bounds hang together. A relation that does not hold ends the process
 * at start.
 */
import assert from 'node:assert'
import { SHUTDOWN_DEADLINE_MS } from '../service/shutdown.ts'

const KIB = 1024

/** Body of any route that takes one command or one change. */
export const COMMAND_BODY_BYTES_MAX = 16 * KIB
/** Body of POST /wallet/batch. */
export const BATCH_BODY_BYTES_MAX = 2 * KIB * KIB
export const BATCH_COMMANDS_MAX = 1_000
/** Arrays and objects within one another, from the outermost one. */
export const JSON_DEPTH_MAX = 16
/** Text of `metadata`, as JSON in UTF-8. */
export const METADATA_BYTES_MAX = 4 * KIB
/** Digits, signs and all of one number inside `metadata`; PostgreSQL's jsonb and every client can hold it. */
export const METADATA_NUMBER_CHARS_MAX = 40
export const USER_AGENT_CHARS_MAX = 512
export const REASON_CHARS_MAX = 500
/** Widest text of an IPv6 address with an IPv4 tail. */
export const IP_ADDRESS_CHARS_MAX = 45
export const REQUEST_ID_CHARS_MAX = 128
/** Request line and headers together; above it the answer is 431. */
export const HEADER_BYTES_MAX = 16 * KIB

/** How far ahead of this process's clock a `created_at` may lie, in milliseconds. */
export const CLOCK_SKEW_MS = 60_000
/** The earliest event time that is taken: 2000-01-01T00:00:00Z. */
export const CREATED_AT_MS_MIN = 946_684_800_000

/** Records in one Kafka send. */
export const SEND_RECORDS_MAX = 4_000
/**
 * Bytes of keys and values in one Kafka send. kafkajs makes one batch of all records of a partition, and the broker
 * refuses a batch over `max.message.bytes` (1 MiB); a send may hold a single partition's records.
 */
export const SEND_BYTES_MAX = 900_000
/** Least time between the beginnings of two sends, in milliseconds; see `api/commands/sender.ts`. */
export const SEND_SPACING_MS = 3
/** What a record costs besides its key and value, in bytes (varints, headers, timestamps). */
export const RECORD_OVERHEAD_BYTES = 32
/** Widest command as a record: the body's texts, its ids and the key. */
export const COMMAND_RECORD_BYTES_MAX = COMMAND_BODY_BYTES_MAX + 4 * KIB
/** Commands that wait for their acknowledgement or answer; above it the answer is 503 TOO_MANY_PENDING. */
export const PENDING_COMMANDS_MAX = 20_000

/** Of a partner. */
export const PARTNER_NAME_CHARS_MAX = 100
export const EMAIL_CHARS_MAX = 255
export const REGISTRATION_NUMBER_CHARS_MAX = 50
export const POSTAL_ADDRESS_CHARS_MAX = 500
export const ALLOWED_NETWORKS_MAX = 200
/** The largest rate limit that a partner can have, and the largest version that it can name. */
export const REQUESTS_PER_MINUTE_MAX = 9_999_999
export const VERSION_MAX = 2_147_483_647
/** Commission rates that a partner can have had and have ahead. */
export const COMMISSION_RATES_MAX = 500
/** Of a player. */
export const PLAYER_NAME_CHARS_MAX = 200
export const PLAYER_LIMITS_MAX = 100
/** Of AML rules: a document that names all that it may is 30 KiB long. */
export const AML_RULES_BODY_BYTES_MAX = 48 * KIB
export const AML_RULES_NOTE_CHARS_MAX = 500
/** Of an API key. */
export const API_KEY_NAME_CHARS_MAX = 100
/** How long the old key of a rotation may still work, in seconds. */
export const ROTATION_OVERLAP_SECONDS_MAX = 30 * 86_400
export const ROTATION_OVERLAP_SECONDS_DEFAULT = 86_400

/**
 * What PostgreSQL does not have may have come into being a moment ago: it is looked for this long before the answer is
 * 404, in milliseconds.
 */
export const NOT_FOUND_WAIT_MS = 300
/** Of a game. */
export const GAME_NAME_CHARS_MAX = 255
export const GAME_CATEGORY_CHARS_MAX = 50
export const GAME_FEATURES_MAX = 50
export const GAME_URL_CHARS_MAX = 2_000
/** What a provider sends of its own accord. */
export const CALLBACK_BODY_BYTES_MAX = 64 * KIB
/** The shortest hold of a bet: half of it is for asking the provider, the other half for cancelling, in milliseconds. */
export const BET_HOLD_MS_MIN = 2_000
/** Of a webhook endpoint. */
export const WEBHOOK_URL_CHARS_MAX = 2_000
export const WEBHOOK_DESCRIPTION_CHARS_MAX = 255
/** Of a game provider; the column of its address is VARCHAR(255). */
export const PROVIDER_NAME_CHARS_MAX = 100
export const API_ENDPOINT_CHARS_MAX = 255
/** How long a call to a provider may take where nothing is said, in milliseconds. */
export const PROVIDER_TIMEOUT_MS_DEFAULT = 5_000
/** Of a seamless provider that names none. */
export const SEAMLESS_PROFILE_DEFAULT = 'standard'
export const CREDENTIALS_MAX = 20
export const CREDENTIAL_NAME_CHARS_MAX = 50
export const CREDENTIAL_CHARS_MAX = 2_000
/** Deliveries that one call makes due again, give or take those of one moment: they fit a statement's time. */
export const REPLAY_ROWS = 5_000

/** Rows of one page of a list. */
export const PAGE_ROWS_MAX = 500
export const PAGE_ROWS_DEFAULT = 50
/** How long a caller may let a read wait with `wait_ms`, in milliseconds. */
export const READ_WAIT_MS_MAX = 10_000
/** Pause between two looks at PostgreSQL while a read waits, in milliseconds. */
export const READ_POLL_MS = 25

/** Longest period of a report, in days, and characters of its cursor: a key of a few ids, as text in base64. */
export const REPORT_DAYS_MAX = 366
export const REPORT_CURSOR_CHARS_MAX = 1_000
/** Of a brand or provider in the metadata, reports know so many characters: ClickHouse's columns are as long. */
export const DIMENSION_CHARS_MAX = 64

/** Characters of a cursor of events: an offset for each of some hundred partitions, sealed. */
export const EVENT_CURSOR_CHARS_MAX = 8_000
/** Events of one partition that a call with a choice of types looks at. */
export const EVENTS_SCANNED_MAX = 1_000
/** Pause between two looks while a call waits for events, in milliseconds. */
export const EVENTS_POLL_MS = 250

/** Time for a client to send its headers, and its whole request, in milliseconds. */
export const HEADERS_TIMEOUT_MS = 10_000
export const REQUEST_TIMEOUT_MS = 30_000
/** How often those times are looked at, in milliseconds. */
export const CONNECTIONS_CHECK_MS = 5_000
/** An idle connection is kept this long, in milliseconds: longer than load balancers' usual 60 s. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000
/** A connection on which nothing moves is cut after this time, in milliseconds: also one whose client doesn't read. */
export const SILENCE_TIMEOUT_MS = 30_000
/** An orderly end: how long the process may serve on at most, and how long its parts take to close, in milliseconds. */
export const DRAIN_MS_MAX = 10_000
export const CLOSING_MS = 4_000
/** Connections of one process, and those of one address that is no trusted proxy. */
export const CONNECTIONS_MAX = 10_000
export const CONNECTIONS_PER_ADDRESS_MAX = 1_000

assert(METADATA_BYTES_MAX < COMMAND_BODY_BYTES_MAX, 'metadata must fit a body')
assert(AML_RULES_BODY_BYTES_MAX + 4 * KIB < SEND_BYTES_MAX, 'rules must fit a send')
// Sealing makes a text longer by a third and some.
assert(CREDENTIALS_MAX * 2 * CREDENTIAL_CHARS_MAX < SEND_BYTES_MAX, 'credentials must fit a send')
assert(COMMAND_RECORD_BYTES_MAX < SEND_BYTES_MAX, 'a command must fit a send')
assert(SEND_BYTES_MAX < 1_048_588, 'a send must fit max.message.bytes')
assert(BATCH_COMMANDS_MAX <= PENDING_COMMANDS_MAX, 'a batch must fit the pending commands')
assert(BATCH_COMMANDS_MAX <= SEND_RECORDS_MAX, 'a batch must fit a send')
assert(PAGE_ROWS_DEFAULT <= PAGE_ROWS_MAX, 'the default page must fit the largest one')
assert(READ_WAIT_MS_MAX < SILENCE_TIMEOUT_MS, 'a read that waits must not be cut')
assert(DRAIN_MS_MAX + READ_WAIT_MS_MAX + CLOSING_MS < SHUTDOWN_DEADLINE_MS, 'nor by the end of the process')
assert(CONNECTIONS_PER_ADDRESS_MAX < CONNECTIONS_MAX, 'one address must not take all connections')
assert(PAGE_ROWS_MAX < EVENTS_SCANNED_MAX, 'a page must fit what is looked at')
assert(EVENT_CURSOR_CHARS_MAX < HEADER_BYTES_MAX, 'a cursor must fit the request line')
assert(HEADERS_TIMEOUT_MS <= REQUEST_TIMEOUT_MS, 'headers are part of the request')
