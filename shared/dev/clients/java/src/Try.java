// What a Java client does to sign in, on the running system: BASE is the API, INBOX the phone.

import chaoxi.client.ApiClient;
import chaoxi.client.ApiException;
import chaoxi.client.api.AccountApi;
import chaoxi.client.api.ServiceApi;
import chaoxi.client.api.SignInApi;
import chaoxi.client.model.ActivationStart;
import chaoxi.client.model.AppSignIn;
import chaoxi.client.model.AppDevice;
import chaoxi.client.model.CodeSent;
import chaoxi.client.model.LoginRequest;
import chaoxi.client.model.MePhoneRequest;
import chaoxi.client.model.NewPhone;
import chaoxi.client.model.Problem;
import chaoxi.client.model.SendCodeRequest;
import chaoxi.client.model.TicketOnly;
import chaoxi.client.model.VerifyLoginRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

final class Try {
    private static final String LANGUAGE = null; // of sentences; without it they are Chinese
    private static final String PAGE = null; // X-Client is for pages

    public static void main(String[] args) throws Exception {
        ApiClient client = new ApiClient().setBasePath(System.getenv("BASE"));
        AccountApi account = new AccountApi(client);
        SignInApi signIn = new SignInApi(client);
        ServiceApi service = new ServiceApi(client);

        want("health", service.health(LANGUAGE).getStatus().getValue(), "ok");
        check("dictionaries", !service.dictionaries(LANGUAGE).getItems().isEmpty());

        ActivationStart start = new ActivationStart().purpose(ActivationStart.PurposeEnum.ACTIVATE).account("wangfang").name("王芳");
        CodeSent activation = account.sendCode(new SendCodeRequest(start), PAGE, LANGUAGE);
        want("the phone of an activation", activation.getPhone(), "+86 137*****003");
        Problem soon = refused(429, () -> account.sendCode(ticket(activation.getTicket()), PAGE, LANGUAGE));
        want("a second text at once", soon.getCode(), "code_too_soon");
        check("seconds to wait", soon.getRetryAfter() >= 1 && soon.getRetryAfter() <= 60);
        want("a ticket of nobody", refused(410, () -> account.sendCode(ticket("nobodys"), PAGE, LANGUAGE)).getCode(), "ticket_invalid");

        AppSignIn who = new AppSignIn().account("zhouqiang").password("Chaoxi#4927").client(AppSignIn.ClientEnum.APP)
            .device(new AppDevice().id("java-0123456789abcdefghij").name("Java"));
        Problem step = refused(401, () -> signIn.login(new LoginRequest(who), LANGUAGE));
        want("the sign-in", step.getCode(), "second_factor_required");
        account.sendCode(ticket(step.getTicket()), PAGE, LANGUAGE);
        VerifyLoginRequest proof = new VerifyLoginRequest().ticket(step.getTicket()).code(code("13700000007")).trustDevice(true);
        client.setBearerToken(signIn.verifyLogin(proof, LANGUAGE).getToken());

        want("who is signed in", account.me(PAGE, LANGUAGE).getAccount(), "zhouqiang");
        NewPhone phone = new NewPhone().currentPassword("Chaoxi#4927").areaCode(NewPhone.AreaCodeEnum._86).phone("13700000017");
        want("where a new phone's code goes", account.mePhone(new MePhoneRequest(phone), PAGE, LANGUAGE).getCodeSent().getPhone(), "+86 137*****017");
        signIn.sessionsEndCurrent(PAGE, LANGUAGE);
        want("after signing out", refused(401, () -> account.me(PAGE, LANGUAGE)).getCode(), "session_expired");
    }

    private static SendCodeRequest ticket(String ticket) {
        return new SendCodeRequest(new TicketOnly().ticket(ticket));
    }

    private static void want(String what, String got, String want) {
        check(what + ": " + got + ", not " + want, Objects.equals(got, want));
    }

    private static void check(String what, boolean holds) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }

    private interface Call {
        Object send() throws ApiException;
    }

    /** The problem with which a call is refused. */
    private static Problem refused(int status, Call call) throws Exception {
        try {
            call.send();
        } catch (ApiException e) {
            check("refused with " + e.getCode() + ", not " + status, e.getCode() == status);
            return Problem.fromJson(e.getResponseBody());
        }
        throw new IllegalStateException("not refused");
    }

    /** The code of the newest text to a phone. */
    private static String code(String phone) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("INBOX") + "/messages?phone=" + phone)).build();
        String texts = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        Matcher found = Pattern.compile("\"text\":\"[^\"]*?([0-9]{6})").matcher(texts);
        check("a text to " + phone, found.find());
        return found.group(1);
    }
}
