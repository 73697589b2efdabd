/** What happens to a command: the rules of partner management, from the command, the state and the command's time. */
import { decidePublication } from './aml-rules.ts'
import { decideDeactivation, decideIssue, decideRotation } from './api-key.ts'
import type { CheckedCommand } from './command.ts'
import type { Decision, PartnersView } from './decision.ts'
import { decideGame } from './game.ts'
import { decideCredentialsReseal, decidePut } from './game-provider.ts'
import { decideCreation, decideUpdate } from './partner.ts'
import {
  decideDeletion,
  decideReplay,
  decideReseal,
  decideResend,
  decideSecretRotation,
  decideWebhookCreation,
  decideWebhookUpdate,
} from './webhook.ts'

/** Decides a command that was not decided before. Pure: the same command and view give the same decision. */
export function decide(command: CheckedCommand, view: PartnersView): Decision {
  switch (command.action) {
    case 'CREATE_PARTNER':
      return decideCreation(command, view)
    case 'UPDATE_PARTNER':
      return decideUpdate(command, view)
    case 'ISSUE_KEY':
      return decideIssue(command, view)
    case 'ROTATE_KEY':
      return decideRotation(command, view)
    case 'DEACTIVATE_KEY':
      return decideDeactivation(command, view)
    case 'CREATE_WEBHOOK':
      return decideWebhookCreation(command, view)
    case 'UPDATE_WEBHOOK':
      return decideWebhookUpdate(command, view)
    case 'ROTATE_WEBHOOK_SECRET':
      return decideSecretRotation(command, view)
    case 'DELETE_WEBHOOK':
      return decideDeletion(command, view)
    case 'RESEAL_WEBHOOK_SECRETS':
      return decideReseal(command, view)
    case 'RESEND_DELIVERY':
      return decideResend(command, view)
    case 'REPLAY_DELIVERIES':
      return decideReplay(command, view)
    case 'PUBLISH_AML_RULES':
      return decidePublication(command, view)
    case 'PUT_PROVIDER':
      return decidePut(command, view)
    case 'RESEAL_PROVIDER_CREDENTIALS':
      return decideCredentialsReseal(command, view)
    case 'PUT_GAME':
      return decideGame(command, view)
  }
}
