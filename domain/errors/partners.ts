import { define } from './definition.ts'

/** Refusals that partner management decides. They stand in the audit trail. */
export const PARTNER_ERRORS = define({
  PARTNER_NOT_FOUND: {
    httpStatus: 404,
    detail: 'No such partner.',
    help: 'Check the id; GET /partners lists those that you may see.',
    retryable: false,
  },
  PARTNER_EXISTS: {
    httpStatus: 409,
    detail: 'There is a partner with this id.',
    help: 'Change it with PATCH, or create the new one under another id.',
    retryable: false,
  },
  CONTACT_EMAIL_TAKEN: {
    httpStatus: 409,
    detail: 'Another partner has this contact e-mail.',
    help: 'Each partner needs a contact address of its own.',
    retryable: false,
  },
  RATE_IN_FORCE: {
    httpStatus: 409,
    detail: 'A commission rate that has been in force is not changed afterwards.',
    help: 'Give the new rate an effective_from that lies ahead.',
    retryable: false,
  },
  API_KEY_NOT_FOUND: {
    httpStatus: 404,
    detail: 'The partner has no such API key.',
    help: 'Check the id; the list of API keys names them.',
    retryable: false,
  },
  API_KEY_NOT_ACTIVE: {
    httpStatus: 409,
    detail: 'The API key is deactivated or has expired.',
    help: 'Issue a new key.',
    retryable: false,
  },
  API_KEY_LIMIT_REACHED: {
    httpStatus: 409,
    detail: 'The partner has as many active API keys as one may have.',
    help: 'Deactivate keys that are no longer used.',
    retryable: false,
  },
  API_KEY_PREFIX_TAKEN: {
    httpStatus: 409,
    detail: 'Another API key begins alike.',
    help: 'Ask again: the next key begins otherwise.',
    retryable: true,
  },
  WEBHOOK_NOT_FOUND: {
    httpStatus: 404,
    detail: 'The partner has no such webhook endpoint.',
    help: 'Check the id; the list of webhook endpoints names them.',
    retryable: false,
  },
  WEBHOOK_EXISTS: {
    httpStatus: 409,
    detail: 'There is a webhook endpoint with this id.',
    help: 'Change it with PATCH, or create the new one under another id.',
    retryable: false,
  },
  WEBHOOK_LIMIT_REACHED: {
    httpStatus: 409,
    detail: 'The partner has as many webhook endpoints as one may have.',
    help: 'Delete endpoints that are no longer used.',
    retryable: false,
  },
  AML_RULES_INVALID: {
    httpStatus: 400,
    detail: 'The document is not a set of AML rules.',
    help: 'POST /aml/rules/validate names every fault of it; the version before stays in force.',
    retryable: false,
  },
  AML_RULES_NOT_FOUND: {
    httpStatus: 404,
    detail: 'There are no such AML rules.',
    help: 'GET /aml/rules/versions lists those of an owner; what has ended is not ended again.',
    retryable: false,
  },
  GAME_PROVIDER_NOT_FOUND: {
    httpStatus: 404,
    detail: 'There is no such game provider.',
    help: 'Check the id; GET /games/providers lists them.',
    retryable: false,
  },
  GAME_CODE_TAKEN: {
    httpStatus: 409,
    detail: 'Another game of the provider has this code.',
    help: 'A provider names each of its games by a code of its own.',
    retryable: false,
  },
  GAME_PROVIDER_NAME_TAKEN: {
    httpStatus: 409,
    detail: 'Another game provider has this name.',
    help: 'Each provider needs a name of its own.',
    retryable: false,
  },
})
