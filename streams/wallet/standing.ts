/** A wallet's standing: frozen or not, withdrawals held for review or not. */
import { refuse, replay } from './request.ts'
import type { Decision, Request } from './request.ts'
import type { WalletState } from './state.ts'

export type StandingType = 'WALLET_FREEZE' | 'WALLET_UNFREEZE' | 'AML_HOLD' | 'AML_RELEASE'

type Standing = Pick<WalletState, 'status' | 'amlHold'>

const TARGET: { readonly [T in StandingType]: Partial<Standing> } = {
  WALLET_FREEZE: { status: 'frozen' },
  WALLET_UNFREEZE: { status: 'active' },
  AML_HOLD: { amlHold: true },
  AML_RELEASE: { amlHold: false },
}

/** Changes the standing. No money moves, so there is no transaction: the balance snapshot carries the change. */
export function decideStanding(request: Request, type: StandingType): Decision {
  const { wallet, commandId, nowMs } = request
  if (wallet === undefined) return refuse('WALLET_NOT_FOUND', commandId)
  const { status = wallet.status, amlHold = wallet.amlHold } = TARGET[type]
  if (status === wallet.status && amlHold === wallet.amlHold)
    return replay({
      transactionId: commandId,
      status: null,
      newBalance: wallet.balance,
      errorCode: null,
      processedAtMs: nowMs,
    })
  return {
    kind: 'standing',
    wallet: { ...wallet, status, amlHold, version: wallet.version + 1, updatedAtMs: nowMs },
  }
}
