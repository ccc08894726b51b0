// The same with RudderStack's library.
import {createRequire} from 'node:module'

const [, , folder, dataPlaneUrl, writeKey] = process.argv
const Rudder = createRequire(`${folder}/`)('@rudderstack/rudder-sdk-node')

const failures = []
const analytics = new Rudder(writeKey, {dataPlaneUrl, flushInterval: 100, errorHandler: (error) => failures.push(String(error))})
const order = (more) => ({event: 'Order Completed', ...more})
analytics.track(order({anonymousId: 'visitor-0001', properties: {total: 1, currency: 'SEK'}}))
analytics.identify({userId: '7', anonymousId: 'visitor-0001', traits: {email: 'alice@example.com', plan: 'pro'}})
analytics.track(order({userId: '7', messageId: 'm-2', properties: {total: 149.99, currency: 'SEK'}}))
analytics.track(order({userId: '7', messageId: 'm-3', properties: {total: 'much'}}))
analytics.page({userId: '7', name: 'Pricing', properties: {plan: 'pro'}})
analytics.track(order({userId: 'old', properties: {total: 2}}))
analytics.alias({previousId: 'old', userId: '7'})
await new Promise((done) => analytics.flush(done)).then((error) => error && failures.push(String(error)))
console.log(JSON.stringify(failures))
