// The official SDK at work against a simulator: `node jules.mjs STEP BASE_URL`.
// One line on stdout for each thing that worked; test_jules_sdk.py knows which lines a step must print.
// The SDK keeps a cache below its working directory and JULES_HOME: the test gives it a temporary one.
import { connect } from '@google/jules-sdk'

const [step, baseUrl] = process.argv.slice(2)
const WIDGET = { github: 'acme/widget', baseBranch: 'main' }

const client = (apiKey = 'key-of-the-sdk', maxRetryTimeMs = 10_000) =>
  connect({ apiKey, baseUrl, config: { pollingIntervalMs: 20, rateLimitRetry: { baseDelayMs: 20, maxRetryTimeMs } } })

const jules = client()

async function failure(promise) {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it should have failed')
}

async function collect(stream, isLast) {
  const seen = []
  for await (const each of stream) {
    seen.push(each)
    if (isLast?.(each)) break
  }
  return seen
}

const isOver = activity => ['sessionCompleted', 'sessionFailed'].includes(activity.type)
const types = activities => activities.map(activity => activity.type).join(' ')

const steps = {
  async sources() {
    const names = (await collect(jules.sources())).map(source => source.name)
    console.log('sources:', names.join(' '))
    console.log('source:', (await jules.sources.get({ github: 'acme/widget' })).githubRepo.defaultBranch)
    console.log('unknown source:', (await failure(jules.run({ prompt: 'x', source: { github: 'no/body' } }))).name)
  },

  async run() {
    const run = await jules.run({ prompt: 'Fix the flaky test', title: 'a title', source: WIDGET })
    console.log('created:', /^\d+$/.test(run.id))
    const activities = await collect(run.stream(), isOver)
    console.log('activities:', types(activities))
    const artifacts = activities.flatMap(activity => activity.artifacts)
    console.log('artifacts:', artifacts.map(artifact => artifact.type).join(' '))
    console.log('command:', artifacts.find(artifact => artifact.type === 'bashOutput').toString().split('\n')[0])
    const outcome = await run.result()
    console.log('result:', outcome.state, outcome.title)
    console.log('pull request:', outcome.pullRequest.url)
    console.log('files:', outcome.generatedFiles().all().map(file => file.changeType).join(' '))
    console.log('change set:', outcome.changeSet().parsed().summary.totalFiles)
    const snapshot = await jules.session(run.id).snapshot()
    console.log('snapshot:', snapshot.state, snapshot.activities.length === activities.length, snapshot.insights.failedCommands.length)
    const one = await client().session(run.id).activities.list({ pageSize: 1 })
    console.log('page:', one.activities.length, Boolean(one.nextPageToken))
    console.log('one activity:', (await jules.session(run.id).activities.get(one.activities[0].id)).type)
  },

  async repoless() {
    const run = await jules.run({ prompt: 'Explain 202', autoPr: false })
    const activities = await collect(run.stream(), isOver)
    const said = activities.filter(activity => activity.type === 'agentMessaged').at(-1)
    console.log('message:', said.message)
    console.log('outputs:', (await run.result()).outputs.length)
  },

  async approve() {
    const session = await jules.session({ prompt: 'Rename it', source: WIDGET })
    await session.waitFor('awaitingPlanApproval')
    console.log('waits:', (await session.info()).state)
    await session.approve()
    await session.send('And mind the docs')
    console.log('result:', (await session.result()).state)
    console.log('approved by:', (await collect(session.history())).find(each => each.type === 'planApproved').originator)
    console.log('twice:', await session.approve())
    console.log('told:', (await collect(session.history())).filter(each => each.type === 'userMessaged').length)
  },

  async ask() {
    const session = await jules.session({ prompt: 'Rename it', source: WIDGET, requireApproval: false })
    await session.result()
    console.log('reply:', (await session.ask('Once more, please')).message)
    console.log('result:', (await session.result()).state)
  },

  async list() {
    const ids = []
    for (let number = 0; number < 5; number++) {
      ids.push((await jules.run({ prompt: `number ${number}`, autoPr: false })).id)
    }
    const listed = (await jules.sessions({ pageSize: 2 }).all()).map(session => session.id)
    console.log('newest first, all pages:', listed.join() === ids.toReversed().join())
    const first = await jules.sessions({ pageSize: 2 })
    console.log('first page:', first.sessions.length, Boolean(first.nextPageToken))
    await jules.session(ids[0]).archive()
    console.log('archived:', (await jules.sessions().all()).length, (await jules.sessions({ filter: 'archived = true' }).all())[0].id === ids[0])
    await jules.session(ids[0]).unarchive()
    console.log('unarchived:', (await jules.sessions().all()).length)
    const stats = await jules.sync({ depth: 'activities', incremental: false })
    console.log('synced:', stats.sessionsIngested, stats.isComplete)
  },

  async feedback() {
    const session = await jules.session({ prompt: 'Rename it', source: WIDGET, requireApproval: false })
    await session.waitFor('awaitingUserFeedback')
    console.log('waits:', (await session.info()).state)
    await session.send('main, of course')
    console.log('result:', (await session.result()).state)
  },

  async failed() {
    const run = await jules.run({ prompt: 'Fix it', source: WIDGET })
    const last = (await collect(run.stream(), isOver)).at(-1)
    console.log('last:', last.type)
    console.log('reason:', last.reason)
    console.log('result:', (await failure(run.result())).name)
  },

  async errors() {
    console.log('400:', (await failure(jules.run({ autoPr: false }))).status)
    console.log('bad key:', (await failure(client('bad-key').sessions())).status)
    console.log('no key:', (await failure(client(' ').sessions())).name)
    console.log('404:', (await failure(jules.session('4711').info())).status)
  },

  async expired() {
    for (let number = 0; number < 3; number++) await jules.sessions()
    const error = await failure(jules.sessions())
    console.log('401:', error.status, error.name)
    console.log('new key:', (await client('another').sessions()).sessions.length)
  },

  async throttled() {
    console.log('429:', (await failure(client('impatient', 0).run({ prompt: 'x' }))).name)
    console.log('retried:', (await (await jules.run({ prompt: 'x' })).result()).state)
  },

  async eventual() {
    const run = await jules.run({ prompt: 'x', source: WIDGET })
    console.log('404 at first:', (await failure(jules.session(run.id).info())).status)
    console.log('stream:', (await collect(run.stream(), isOver)).at(-1).type)
  },

  async flaky() {
    await jules.run({ prompt: 'just one, please', title: 'one', autoPr: false })
    console.log('created: 1')
  },

  async lost() {
    console.log('error:', (await failure(jules.run({ prompt: 'x' }))).message)
  },

  async unknown() {
    const run = await jules.run({ prompt: 'x', autoPr: false })
    console.log('stream:', (await failure(collect(run.stream(), isOver))).message)
    console.log('result:', (await failure(run.result())).message.slice(0, 19))
  },

  async stuck() {
    const session = await jules.session({ prompt: 'x', requireApproval: false })
    console.log('result:', (await failure(session.result({ timeoutMs: 900 }))).name)
    console.log('state:', (await session.info()).state)
  },

  async gone() {
    const run = await jules.run({ prompt: 'x' })
    console.log('result:', (await failure(run.result())).status)
  },

  async huge() {
    const session = await jules.session({ prompt: 'x', source: WIDGET, requireApproval: false })
    const outcome = await session.result()
    console.log('diff:', outcome.changeSet().gitPatch.unidiffPatch.length > 4_000_000)
    console.log('activities:', (await collect(session.history())).length > 300)
  },
}

await steps[step]()
process.exit(0) // the SDK's pending timers would keep the process alive
