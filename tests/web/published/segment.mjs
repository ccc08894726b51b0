// What a shop's server does with Segment's library: its host and its key are all that it is told.
import {createRequire} from 'node:module'

const [, , folder, host, writeKey] = process.argv
const {Analytics} = createRequire(`${folder}/`)('@segment/analytics-node')

const failures = []
const analytics = new Analytics({writeKey, host, flushInterval: 100})
analytics.on('error', (error) => failures.push(String(error.reason ?? error.code)))
const order = (more) => ({event: 'Order Completed', ...more})
analytics.track(order({anonymousId: 'visitor-0001', properties: {total: 1, currency: 'SEK'}}))
analytics.identify({userId: '7', anonymousId: 'visitor-0001', traits: {email: 'alice@example.com', plan: 'pro'}})
analytics.track(order({userId: '7', messageId: 'm-2', properties: {total: 149.99, currency: 'SEK'}}))
analytics.track(order({userId: '7', messageId: 'm-3', properties: {total: 'much'}}))
analytics.page({userId: '7', name: 'Pricing', properties: {plan: 'pro'}})
analytics.track(order({userId: 'old', properties: {total: 2}}))
analytics.alias({previousId: 'old', userId: '7'})
await analytics.closeAndFlush({timeout: 20000})
console.log(JSON.stringify(failures))
