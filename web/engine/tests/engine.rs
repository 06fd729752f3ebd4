//! The engine, asked as the page asks it.

use gradlens_web::request::Engine;
use serde_json::{Value, json};

/// What the engine answers.
fn ask(engine: &mut Engine, request: Value) -> Value {
    serde_json::from_str(&engine.answer(request.to_string().as_bytes())).expect("an answer is JSON")
}

/// The same where it must not be an error.
fn get(engine: &mut Engine, request: Value) -> Value {
    let answer = ask(engine, request);
    assert!(answer.get("error").is_none(), "{answer}");
    answer
}

fn start(engine: &mut Engine, config: Value) -> Value {
    get(engine, json!({ "do": "start", "run": 0, "config": config }))
}

fn steps(engine: &mut Engine, count: u64) -> Value {
    get(engine, json!({ "do": "steps", "run": 0, "count": count }))
}

fn deep() -> Value {
    json!({
        "made": "circles", "hidden": "8x12", "activation": "sigmoid", "optimizer": "sgd", "lr": "0.1",
        "test_share": "0.5", "epochs": "20", "seed": "3",
    })
}

#[test]
fn a_remedy_changes_little_of_what_the_user_said_and_helps() {
    let engine = &mut Engine::default();
    let begun = start(engine, deep());
    assert_eq!(begun["frame"]["step"], 0);
    let seen = steps(engine, 100);
    assert_eq!(seen["diagnosis"]["illness"], "vanishing-slope");
    let after = &seen["diagnosis"]["remedies"][0]["config"];
    let mut expected = deep();
    expected["activation"] = "relu".into();
    assert_eq!(*after, expected);
    start(engine, after.clone());
    assert_ne!(steps(engine, 100)["diagnosis"]["illness"], "vanishing-slope");
}

#[test]
fn a_remedy_that_few_words_cannot_say_is_a_list_of_all_layers() {
    let engine = &mut Engine::default();
    start(engine, json!({ "made": "xor", "hidden": "8", "activation": "identity", "epochs": "50" }));
    let seen = steps(engine, 400);
    let changed = |remedy: &Value| remedy["config"].get("layers").is_some();
    let remedies = seen["diagnosis"]["remedies"].as_array().unwrap().clone();
    for remedy in remedies.iter().filter(|remedy| changed(remedy)) {
        start(engine, remedy["config"].clone());
    }
}

#[test]
fn a_run_is_the_same_however_many_steps_are_asked_for_at_a_time() {
    let engine = &mut Engine::default();
    let end = |engine: &mut Engine, at_a_time: u64| {
        start(engine, deep());
        for _ in 0..60 / at_a_time {
            steps(engine, at_a_time);
        }
        let samples = get(engine, json!({ "do": "samples", "run": 0, "rows": [0, 1, 2, 3] }));
        (samples, steps(engine, 1)["batch_loss"].clone())
    };
    let whole = end(engine, 60);
    assert_eq!(end(engine, 1), whole);
    assert_eq!(end(engine, 7 * 2 + 1), whole);
}

#[test]
fn a_changed_rate_changes_the_steps_that_follow_alone() {
    let engine = &mut Engine::default();
    start(engine, deep());
    let before = steps(engine, 3);
    get(engine, json!({ "do": "rate", "run": 0, "lr": 0.0 }));
    let (later, rate) = (steps(engine, 5), 0.0);
    assert_eq!(later["rate"], rate);
    assert_eq!(later["test"], before["test"]);
}

#[test]
fn what_is_wrong_is_said_and_the_run_before_stays() {
    let engine = &mut Engine::default();
    start(engine, deep());
    steps(engine, 2);
    for (request, said) in [
        (json!({ "do": "start", "run": 0, "config": { "made": "circle" } }), "did you mean circles?"),
        (json!({ "do": "start", "run": 0, "config": { "made": "circles", "lr": "-1" } }), "at least 0"),
        (json!({ "do": "start", "run": 0, "config": {} }), "one of made, mnist and file"),
        (json!({ "do": "start", "run": 0, "config": { "mnist": "true" } }), "images"),
        (json!({ "do": "start", "run": 7, "config": deep() }), "runs 0 and 1"),
        (
            json!({ "do": "start", "run": 0, "config": { "file": "p.csv" }, "csv": "a,b\n1,x\n2,y\nz,x\n" }),
            "target",
        ),
        (
            json!({
                "do": "start", "run": 0, "config": { "file": "p.csv", "targets": "b" },
                "csv": "a,b\n1,x\n2,y\nz,x\n",
            }),
            "line 4",
        ),
        (json!({ "do": "rate", "run": 0, "lr": -3.0 }), "at least 0"),
        (json!({ "do": "rate", "run": 1, "lr": 0.1 }), "no run 1"),
        (json!({ "do": "samples", "run": 0, "rows": [9999] }), "sample 9999"),
        (json!({ "do": "surface", "run": 0, "from": [0, 0], "to": [1, 1], "size": 100_000 }), "256"),
        (json!({ "do": "dance" }), "dance"),
        (json!(3), "request"),
    ] {
        let answer = ask(engine, request.clone());
        let error = answer["error"].as_str().unwrap_or_else(|| panic!("{request}: {answer}"));
        assert!(error.contains(said), "{request}: {error}");
    }
    assert_eq!(steps(engine, 1)["step"], 3);
}

#[test]
fn a_run_that_fails_says_why_and_takes_no_more_steps() {
    let engine = &mut Engine::default();
    start(
        engine,
        json!({ "made": "moons", "optimizer": "sgd", "lr": "1e30", "activation": "relu", "epochs": "20" }),
    );
    let seen = steps(engine, 100);
    assert_eq!(seen["ended"], "failed");
    assert!(seen["failure"].as_str().unwrap().contains("learning rate"), "{}", seen["failure"]);
    assert_eq!(steps(engine, 100)["step"], seen["step"]);
}

#[test]
fn labels_under_a_softmax_are_named_and_the_sigmoid_is_the_remedy() {
    let engine = &mut Engine::default();
    let config = json!({ "made": "teacher", "loss": "label-cross-entropy", "test_share": "0.5", "lr": "0.01", "epochs": "80" });
    start(engine, config);
    let seen = steps(engine, 300);
    assert_eq!(seen["diagnosis"]["illness"], "head-loss-mismatch", "{}", seen["diagnosis"]);
    let wrong = seen["test"]["score"].as_f64().unwrap();
    let after = seen["diagnosis"]["remedies"][0]["config"].clone();
    assert_eq!(after["head"], "sigmoid");
    let begun = start(engine, after);
    assert_eq!(begun["task"], "labels");
    let right = steps(engine, 300);
    assert_ne!(right["diagnosis"]["illness"], "head-loss-mismatch");
    assert!(right["test"]["score"].as_f64().unwrap() > wrong + 0.05);
    let samples = get(engine, json!({ "do": "samples", "run": 0, "rows": [0] }));
    assert_eq!(samples["marginals"][0].as_array().unwrap().len(), 10);
}

#[test]
fn a_surface_has_a_number_for_every_cell_and_output() {
    let engine = &mut Engine::default();
    let begun = start(engine, json!({ "made": "blobs" }));
    assert_eq!(begun["points"]["train"].as_array().unwrap().len(), 500);
    let request = json!({ "do": "surface", "run": 0, "from": [-1, -1], "to": [1, 1], "size": 20 });
    let surface = get(engine, request);
    assert_eq!((surface["outputs"].as_u64(), surface["values"].as_array().unwrap().len()), (Some(4), 1600));
}
