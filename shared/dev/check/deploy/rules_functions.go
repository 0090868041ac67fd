package deploy

import (
	"fmt"
	"slices"
	"strings"
)

// functionRules: a function gets what it needs, is bounded where it costs, and is
// released by steps.
var functionRules = []rule{
	{"throttling", ruleThrottling, []broken{
		{"none", remove("Resources.Api.Properties.DefaultRouteSettings.ThrottlingRateLimit"), "ThrottlingRateLimit"},
		{"bursts without end", set("Resources.Api.Properties.DefaultRouteSettings", `ThrottlingBurstLimit: 100000`), "ThrottlingBurstLimit"},
		{"a public route without a bound of its own", remove(`Resources.Api.Properties.RouteSettings.POST /v1/codes`), "POST /v1/codes"},
		{"a public route that may use up all", set(`Resources.Api.Properties.RouteSettings.POST /v1/recovery`, `ThrottlingRateLimit: 500`), "POST /v1/recovery"},
	}},
	{"concurrency", ruleConcurrency, []broken{
		{"texts without end", remove("Resources.SendCodeFunction.Properties.ReservedConcurrentExecutions"), "SendCodeFunction"},
		{"hashes without end", remove("Resources.LoginFunction.Properties.ReservedConcurrentExecutions"), "LoginFunction"},
	}},
	{"architecture", ruleArchitecture, []broken{
		{"hashes on arm64", set("Resources.LoginFunction.Properties", `Architectures: [!Ref Architecture]`), "LoginFunction"},
		{"wherever Lambda likes", remove("Resources.LoginFunction.Properties.Architectures"), "LoginFunction"},
		{"no hashes on x86_64", set("Resources.HealthFunction.Properties", `Architectures: [!Ref HashingArchitecture]`), "HealthFunction"},
		{"hashes with the smallest share of a CPU", set("Resources.LoginFunction.Properties", `MemorySize: 1024`), "LoginFunction"},
	}},
	{"rollout", ruleRollout, []broken{
		{"no alias", remove("Globals.Function.AutoPublishAlias"), "AutoPublishAlias"},
		{"a setting that is not released", remove("Resources.LoginFunction.Properties.AutoPublishCodeSha256"), "LoginFunction: traffic stays"},
		{"no way back", set("Globals.Function.DeploymentPreference", `Alarms: []`), "no alarm"},
		{"everybody at once", text("Globals.Function.DeploymentPreference", `Canary10Percent5Minutes`, `AllAtOnce`), "not rolled out by steps"},
		{"no way past an alarm", remove("Globals.Function.DeploymentPreference.Enabled"), "BySteps"},
		{"an alarm that is not there", item("Globals.Function.DeploymentPreference", `!Ref FaultsAlarm`, `[!Ref NoAlarm]`), "NoAlarm"},
		{"an alarm of the API, which waits for the deployment", item("Globals.Function.DeploymentPreference", `!Ref FaultsAlarm`, `[!Ref SlowAlarm]`), "SlowAlarm"},
	}},
}

// ruleThrottling: one client cannot have everything. The bounds are those of API
// Gateway's own account.
func ruleThrottling(d deployed, complain complain) {
	for _, id := range d.resources("AWS::Serverless::HttpApi") {
		for limit, most := range map[string]int{"ThrottlingRateLimit": 10_000, "ThrottlingBurstLimit": 5_000} {
			var n int
			if fmt.Sscan(show(at(d.resource(id), "Properties", "DefaultRouteSettings", limit)), &n); n < 1 || n > most {
				complain("%s: %s is %d", id, limit, n)
			}
			for _, route := range publicRoutes {
				var own int
				if fmt.Sscan(show(at(d.resource(id), "Properties", "RouteSettings", route, limit)), &own); own < 1 || own >= n {
					complain("%s: %s of %s is %d, of all others %d", id, limit, route, own, n)
				}
			}
		}
	}
}

// publicRoutes are those that anybody may call, and that cost a hash, a text or many
// reads.
var publicRoutes = []string{"POST /v1/sessions", "POST /v1/codes", "POST /v1/recovery"}

// ruleConcurrency: what costs money or a whole CPU has a bound of its own, so that
// a flood of it neither runs up a bill nor takes the place of all else.
func ruleConcurrency(d deployed, complain complain) {
	d.functions(func(id string, does effects) {
		if (does.texts() || does.hashes) && d.setting(id, "ReservedConcurrentExecutions") == nil {
			complain("%s texts (%t) or hashes (%t), as often at once as anybody likes", id, does.texts(), does.hashes)
		}
	})
}

// ruleArchitecture: who hashes runs where hashes are quick, with a whole CPU, which
// Lambda gives with 1,769 MB (docs/performance.md).
func ruleArchitecture(d deployed, complain complain) {
	d.functions(func(id string, does effects) {
		want, least := "Architecture", 0
		if does.hashes {
			want, least = "HashingArchitecture", 1769
		}
		if got := each(d.setting(id, "Architectures")); len(got) != 1 || show(got[0]) != want {
			complain("%s runs on %v, want %s", id, got, want)
		}
		var memory int
		if fmt.Sscan(show(d.setting(id, "MemorySize")), &memory); memory < least {
			complain("%s has %d MB, want %d", id, memory, least)
		}
	})
}

// ruleRollout: every deployment reaches every function, by steps, and back when an
// alarm rises. Not one on the API: its routes wait for the deployment.
func ruleRollout(d deployed, complain complain) {
	d.functions(func(id string, _ effects) {
		if d.setting(id, "AutoPublishAlias") == nil {
			complain("%s: no AutoPublishAlias", id)
		}
		if show(d.setting(id, "AutoPublishCodeSha256")) != "Release" || show(d.setting(id, "Environment", "Variables", "VERSION")) != "Version" {
			complain("%s: traffic stays with its old version when a setting or a secret alone changes", id)
		}
		if !slices.Contains(each(d.setting(id, "DeploymentPreference", "Type")), any("Canary10Percent5Minutes")) {
			complain("%s: it is not rolled out by steps", id)
		}
		if show(d.setting(id, "DeploymentPreference", "Enabled")) != "BySteps" {
			complain("%s: with an alarm up nothing can be deployed that would put it right: want BySteps", id)
		}
		alarms := each(d.setting(id, "DeploymentPreference", "Alarms"))
		if len(alarms) == 0 {
			complain("%s: no alarm rolls it back", id)
		}
		for _, a := range alarms {
			switch alarm := d.resource(show(a)); {
			case at(alarm, "Type") != "AWS::CloudWatch::Alarm":
				complain("%s: %s is no alarm", id, show(a))
			case strings.Contains(show(alarm), `{"Ref":"Api"}`):
				complain("%s: %s waits for the API, and the API for it", id, show(a))
			}
		}
	})
}
