// What a Kotlin app does to sign in, on the running system: BASE is the API, INBOX the phone.

import chaoxi.client.apis.AccountApi
import chaoxi.client.apis.ServiceApi
import chaoxi.client.apis.SignInApi
import chaoxi.client.infrastructure.ApiClient
import chaoxi.client.infrastructure.ClientError
import chaoxi.client.infrastructure.ClientException
import chaoxi.client.infrastructure.Serializer
import chaoxi.client.models.ActivationStart
import chaoxi.client.models.AppSignIn
import chaoxi.client.models.AppDevice
import chaoxi.client.models.CodeSent
import chaoxi.client.models.LoginRequest
import chaoxi.client.models.MePhoneRequest
import chaoxi.client.models.NewPhone
import chaoxi.client.models.Problem
import chaoxi.client.models.SendCodeRequest
import chaoxi.client.models.TicketOnly
import chaoxi.client.models.VerifyLoginRequest
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse

val base: String = System.getenv("BASE")
val account = AccountApi(base)
val signIn = SignInApi(base)

fun main() {
    want("health", ServiceApi(base).health().status.value, "ok")
    check(ServiceApi(base).dictionaries().items.isNotEmpty())

    val activation = account.sendCode(SendCodeRequest(ActivationStart(ActivationStart.Purpose.activate, "wangfang", "王芳")))
    want("the phone of an activation", activation.phone, "+86 137*****003")
    val soon = refused(429) { account.sendCode(SendCodeRequest(TicketOnly(activation.ticket))) }
    want("a second text at once", soon.code, "code_too_soon")
    check((soon.retryAfter ?: 0) in 1..60)
    want("a ticket of nobody", refused(410) { account.sendCode(SendCodeRequest(TicketOnly("nobodys"))) }.code, "ticket_invalid")

    val device = AppDevice(id = "kotlin-0123456789abcdefgh", name = "Kotlin")
    val step = refused(401) { signIn.login(LoginRequest(AppSignIn("zhouqiang", "Chaoxi#4927", AppSignIn.Client.app, device))) }
    want("the sign-in", step.code, "second_factor_required")
    account.sendCode(SendCodeRequest(TicketOnly(step.ticket!!)))
    val session = signIn.verifyLogin(VerifyLoginRequest(step.ticket!!, code("13700000007"), true))

    ApiClient.accessToken = session.token!!
    want("who is signed in", account.me().account, "zhouqiang")
    val change = account.mePhone(MePhoneRequest(NewPhone("Chaoxi#4927", NewPhone.AreaCode.Plus86, "13700000017")))
    want("where a new phone's code goes", (change.actualInstance as CodeSent).phone, "+86 137*****017")
    signIn.sessionsEndCurrent()
    want("after signing out", refused(401) { account.me() }.code, "session_expired")
}

fun want(what: String, got: String?, want: String) = check(got == want) { "$what: $got, not $want" }

/** The problem with which a call is refused. */
fun refused(status: Int, call: () -> Any): Problem {
    try {
        call()
    } catch (e: ClientException) {
        check(e.statusCode == status) { "refused with ${e.statusCode}, not $status" }
        return Serializer.gson.fromJson((e.response as ClientError<*>).body as String, Problem::class.java)
    }
    error("not refused")
}

/** The code of the newest text to a phone. */
fun code(phone: String): String {
    val request = HttpRequest.newBuilder(URI("${System.getenv("INBOX")}/messages?phone=$phone")).build()
    val texts = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body()
    return Regex("\"text\":\"[^\"]*?([0-9]{6})").find(texts)!!.groupValues[1]
}
