/** Go's text/template, by what its documentation says (pkg.go.dev/text/template). */
import { expect, test } from "vitest";
import { rendered, TemplateError } from "./run.ts";

const functions = {
  name: () => "podinfo",
  target: () => "podinfo",
  namespace: () => "test",
  interval: () => "1m",
  variables: () => ({ direction: "outbound", port: "9898", "": "" }),
};
const of = (template: string) => rendered(template, functions);

test.each([
  ["", ""],
  ["no action", "no action"],
  ["{{ target }}", "podinfo"],
  ["{{target}}-canary.{{ namespace }}", "podinfo-canary.test"],
  [`rate(x{job="{{ target }}"}[{{ interval }}])`, `rate(x{job="podinfo"}[1m])`],
  ["{{ variables.direction }}", "outbound"],
  [`{{ index variables "direction" }}`, "outbound"],
  [`{{ index variables "nobody" }}`, ""],
  ["a {{- target -}} b", "apodinfob"],
  ["a {{- /* said */ -}} b", "ab"],
  ["a {{/* said */}} b", "a  b"],
  ["{{ -3 }}", "-3"],
  [`{{ "a\\"b" }}{{ \`c\\d\` }}`, `a"bc\\d`],
  [`{{ printf "%s-%s" target namespace }}`, "podinfo-test"],
  [`{{ printf "%d%% %.2f %q %v %5d|%-4s|%04d" 7 1.5 "x" true 12 "ab" 7 }}`, `7% 1.50 "x" true    12|ab  |0007`],
  [`{{ target | printf "%s-%s" "a" }}`, "a-podinfo"],
  [`{{ $route := printf "kube_%s__%s" namespace target }}{{ $route }}.*`, "kube_test__podinfo.*"],
  [`{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}`, "2"],
  [`{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x }}{{ end }}{{ $x }}`, "21"],
  [`{{ if eq target "podinfo" }}yes{{ else }}no{{ end }}`, "yes"],
  [`{{ if eq target "a" "b" "podinfo" }}one of them{{ end }}`, "one of them"],
  [`{{ if ne namespace "test" }}a{{ else if gt 2 1 }}b{{ else }}c{{ end }}`, "b"],
  [`{{ if and (lt 1 2) (le 2 2) (ge 3 2) }}all{{ end }}`, "all"],
  [`{{ or "" variables.direction }}`, "outbound"],
  [`{{ and 1 0 2 }}`, "0"],
  [`{{ not "" }}`, "true"],
  [`{{ with variables }}{{ .port }}{{ end }}`, "9898"],
  [`{{ with "" }}a{{ else }}b{{ end }}`, "b"],
  [`{{ range $k, $v := variables }}{{ if $k }}{{ $k }}={{ $v }};{{ end }}{{ end }}`, "direction=outbound;port=9898;"],
  [`{{ range variables }}[{{ . }}]{{ end }}`, "[][outbound][9898]"],
  [`{{ len variables }}{{ len "äb" }}`, "33"],
  [`{{ print "a" 1 2 "b" }}`, "a1 2b"],
  [`{{ urlquery "a b&c" }}`, "a+b%26c"],
  ["{{ (index variables `port`) }}", "9898"],
])("%s", (template, text) => {
  expect(of(template)).toBe(text);
});

test.each([
  ["{{ nobody }}", "there is no function nobody"],
  ["{{ variables.nobody }}", "there is no nobody"],
  ["{{ .Values.x }}", "there is no Values"],
  ["{{ $x }}", "there is no variable $x"],
  ["{{ target", "an action {{ is never closed"],
  ["{{ }}", "an action is empty"],
  ["{{ if true }}a", "{{ if }} is never ended"],
  ["{{ end }}", "{{ end }} ends nothing"],
  [`{{ define "x" }}{{ end }}`, "define is not read here"],
  [`{{ template "x" }}`, "template is not read here"],
  [`{{ lt "a" 1 }}`, "a and 1 cannot be compared"],
  [`{{ printf "%d" "a" }}`, "printf %d takes a number, not a"],
  [`{{ printf "%s" }}`, `printf "%s" has a value too few`],
  [`{{ "a" "b" }}`, "a is no function"],
  ["{{ target ! }}", `"!" stands where no word begins`],
])("refuses %s: %s", (template, sentence) => {
  expect(() => of(template)).toThrow(TemplateError);
  expect(() => of(template)).toThrow(sentence);
});
