// SPDX-License-Identifier: MIT
// Completion: a table from commands to words in a shell function, made from the definition.
#include "tools/reference/names.hpp"
#include "tools/reference/reference.hpp"
#include "tools/support/format.hpp"

namespace tools::reference {
namespace {

/// "--a --b" and so on.
std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

std::string option_names(const cli::Command& command) {
    std::vector<std::string> names;
    for (const cli::Option& option : all_options(command))
        for (const std::string& name : names_of(option)) names.push_back(name);
    return joined(names);
}

/// Those that take a value. One that may be left out cannot be told from the next word.
std::string valued_names(const cli::Command& command) {
    std::vector<std::string> names;
    for (const cli::Option& option : command.options)
        if (!option.is_flag() && !std::holds_alternative<std::optional<std::string>*>(option.to))
            for (const std::string& name : names_of(option)) names.push_back(name);
    return joined(names);
}

bool wants_guest(const cli::Command& command) {
    for (const cli::Option& option : command.options)
        if (option.names == "GUEST") return true;
    return false;
}

std::string words_of(const cli::Command& command, const std::string& guests) {
    std::string text;
    for (const cli::Command& inner : command.commands) text += (text.empty() ? "" : " ") + inner.name;
    if (wants_guest(command)) text += (text.empty() ? "" : " ") + guests;
    return text;
}

/// One line of the table for a command and those below it.
std::string table(const cli::Command& command, const std::string& path, const std::string& guests) {
    std::string text =
        formatted("        '{}') words='{}' options='{}' valued='{}' ;;\n", path, words_of(command, guests),
                  (path.empty() ? "--version " : "") + option_names(command), valued_names(command));
    for (const cli::Command& inner : command.commands)
        text += table(inner, path.empty() ? inner.name : path + " " + inner.name, guests);
    return text;
}

std::string paths(const cli::Command& command, const std::string& path) {
    std::string text;
    for (const cli::Command& inner : command.commands) {
        const std::string here = path.empty() ? inner.name : path + " " + inner.name;
        text += "|'" + here + "'" + paths(inner, here);
    }
    return text;
}

}  // namespace

std::string bash_completion(const cli::Command& program, const std::vector<std::string>& guests) {
    return formatted(R"(# Completion of adyton, for bash: source <(./adyton completion bash)
_adyton_table() {{
    case $1 in
{}        *) words= options= valued= ;;
    esac
}}
_adyton() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local path= word words options valued i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{path:+$path }}${{COMP_WORDS[i]}}
        case $word in {}) path=$word ;; esac
    done
    _adyton_table "$path"
    COMPREPLY=()
    # The value of an option: a file, which is what -o default offers.
    case " $valued " in *" $previous "*) return ;; esac
    case $current in
        -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
        *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    esac
}}
complete -o default -F _adyton adyton ./adyton
)",
                     table(program, "", joined(guests)), paths(program, "").substr(1));
}

std::string zsh_completion(const cli::Command& program, const std::vector<std::string>& guests) {
    return "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n" +
           bash_completion(program, guests);
}

}  // namespace tools::reference
