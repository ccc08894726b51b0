// What a service does with the CloudEvents SDK: one event in each mode, and its status.
import {createRequire} from 'node:module'

const [, , folder, host, key] = process.argv
const {CloudEvent, Mode, emitterFor, HTTP} = createRequire(`${folder}/`)('cloudevents')

const statuses = []
const send = async ({headers, body}) => {
  const answer = await fetch(`${host}/api/cloudevents`, {
    method: 'POST', headers: {...headers, Authorization: `Bearer ${key}`}, body,
  })
  statuses.push(answer.status)
}
for (const mode of [Mode.BINARY, Mode.STRUCTURED]) {
  const event = new CloudEvent({
    id: mode, type: 'order_completed', source: '/till', subject: 'alice@example.com',
    time: process.argv[5], data: {total: 149.99, currency: 'SEK'},
  })
  await emitterFor(send, {binding: HTTP, mode})(event)
}
console.log(JSON.stringify(statuses))
