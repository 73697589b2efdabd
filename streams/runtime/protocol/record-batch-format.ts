/** Where what lies in a record batch of Kafka's message format 2. Source: the Apache Kafka documentation, "Message Format". */

/** Bytes of a batch before its first record. */
export const HEADER_BYTES = 61
export const LENGTH_AT = 8
export const LEADER_EPOCH_AT = 12
export const MAGIC_AT = 16
export const CRC_AT = 17
/** The checksum covers everything from here on. */
export const ATTRIBUTES_AT = 21
export const LAST_OFFSET_DELTA_AT = 23
export const FIRST_TIMESTAMP_AT = 27
export const MAX_TIMESTAMP_AT = 35
export const PRODUCER_ID_AT = 43
export const PRODUCER_EPOCH_AT = 51
export const BASE_SEQUENCE_AT = 53
export const COUNT_AT = 57

export const MAGIC = 2
export const TRANSACTIONAL = 0x10
/** A batch that holds a marker and no records of a producer. */
export const CONTROL = 0x20
/** The bits of the attributes that name the codec of the records. */
export const CODEC_MASK = 0x07
