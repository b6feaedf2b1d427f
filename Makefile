.PHONY: help setup run test check bench
help: ## list these names
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 16
setup: ## get this machine ready to test and check
	@bin/setup dev
run: ## start Firstcall with its demo showroom
	@bin/run
test: ## all tests
	@bin/test
check: ## style, types, layers, migrations, translations, licences, secrets
	@bin/check
bench: ## measure against the floor
	@bin/bench
